/**
 * The UI with made-up data, for work on the UI: `node web/dev/server.js [--port N] [--built] [--empty]`. Vite serves the sources
 * with reloading, or, with --built, dist/web as it was built. --empty answers as a Sonde that has no data yet. Slow and failing
 * answers come on purpose: search the logs for `slow`, filter traces or logs by the service `broken`, open the traces of
 * the service `batch` for ones of 1,000 to 100,000 spans.
 */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createServer as createVite } from 'vite';
import { Refusal, routes } from './answers.js';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '5173' },
    built: { type: 'boolean', default: false },
    empty: { type: 'boolean', default: false },
  },
});

const web = join(import.meta.dirname, '..');
const page = options.built ? builtPage(join(web, '../dist/web')) : await vitePage();

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname.startsWith('/api/')) await answer(url, response);
  else await page(request, response, url.pathname);
});
server.listen(Number(options.port), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ ready: true, http: `127.0.0.1:${server.address().port}` })}\n`);
});

async function answer(url, response) {
  const nowMs = Date.now();
  const send = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  try {
    if (url.searchParams.get('text') === 'slow') await pause(4000);
    for (const route of routes) {
      const match = route.path.exec(url.pathname);
      if (match === null) continue;
      const [fromMs, toMs] = [
        Number(url.searchParams.get('from') ?? nowMs - 900_000),
        Number(url.searchParams.get('to') ?? nowMs),
      ];
      const parameters = match.slice(1).map(decodeURIComponent);
      send(
        200,
        route.answer({ query: url.searchParams, parameters, fromMs, toMs: Math.min(toMs, nowMs), nowMs, empty: options.empty }),
      );
      return;
    }
    throw new Refusal(404, 'not_found', `There is nothing at ${url.pathname}.`);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, 'internal', String(error));
    send(refusal.status, { error: { code: refusal.code, message: refusal.message } });
  }
}

async function vitePage() {
  const vite = await createVite({ configFile: join(web, 'vite.config.ts'), server: { middlewareMode: true }, appType: 'spa' });
  return (request, response) => vite.middlewares(request, response);
}

function builtPage(folder) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
  return async (_request, response, path) => {
    const file = await readFile(join(folder, path)).catch(() => undefined);
    const body = file ?? (await readFile(join(folder, 'index.html')));
    response.writeHead(200, {
      'content-type': types[file === undefined ? '.html' : extname(path)] ?? 'application/octet-stream',
    });
    response.end(body);
  };
}
