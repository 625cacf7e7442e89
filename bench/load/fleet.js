// A fleet to be scraped, in a process of its own: one server, a path for each target, text 0.0.4 with values that move from scrape
// to scrape, and gzip for whoever asks for it, as client libraries do.
//
//   node bench/load/fleet.js --series 1000
//
// Prints `{ port }`. Target i is at /metrics/i.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { makeMix } from './exporter-mix.js';

const { values: options } = parseArgs({ options: { series: { type: 'string', default: '1000' } } });
const lines = makeLines(Number(options.series));
let scrapes = 0;

const server = createServer(({ headers }, response) => {
  const body = Buffer.from(bodyAt(scrapes++));
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  if (!String(headers['accept-encoding']).includes('gzip')) return response.end(body);
  response.setHeader('content-encoding', 'gzip');
  response.end(gzipSync(body, { level: 1 }));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`));

function bodyAt(place) {
  let body = '';
  for (const { head, next } of lines) body += `${head}${next(place)}\n`;
  return body;
}

/** Each line without its value, and what gives the values; the first of a family comes with help and type. */
function makeLines(count) {
  const mix = makeMix({ hosts: Math.ceil(count / 300), pods: 0 }).slice(0, count);
  const families = new Map();
  for (const { labels, next } of mix) {
    const { __name__: name, job: _, cluster: __, instance: machine, ...own } = labels;
    const family = families.get(name) ?? [];
    families.set(name, family);
    const text = Object.entries({ machine, ...own }).map(([label, value]) => `${label}="${value}"`);
    family.push({ head: `${name}{${text.join(',')}} `, next });
  }
  for (const [name, family] of families) {
    const type = name.endsWith('_total') ? 'counter' : 'gauge';
    family[0].head = `# HELP ${name} What ${name} says.\n# TYPE ${name} ${type}\n${family[0].head}`;
  }
  return [...families.values()].flat();
}
