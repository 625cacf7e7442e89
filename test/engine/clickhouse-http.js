// A server that speaks ClickHouse's HTTP interface with chDB behind it, so that the remote driver is tested without a
// ClickHouse server: as much of the interface as the driver uses. Run as a child process:
//
//     node clickhouse-http.js DATA_DIRECTORY PASSWORD
//
// It prints {"port":…} when it listens, on loopback, and ends with its standard input.
import { createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Session } from 'chdb';

const [directory, password] = process.argv.slice(2);
const uploads = mkdtempSync(join(tmpdir(), 'sonde-uploads-'));
const keeper = new Session(directory, { connectionArgs: ['--max_server_memory_usage=1073741824'] });
let requests = 0;

const server = createServer((request, response) => {
  answer(request, response).catch((error) => refuse(response, error));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`));
process.stdin.resume().on('end', () => {
  server.closeAllConnections();
  keeper.close();
  rmSync(uploads, { recursive: true, force: true });
  process.exit(0);
});

async function answer(request, response) {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/ping') return response.end('Ok.\n');
  if (!isAllowed(request)) throw new Error('Code: 516. DB::Exception: default: Authentication failed. (AUTHENTICATION_FAILED)');
  const parameters = url.searchParams;
  const body = await buffer(request);
  const form = formParts(request.headers['content-type'] ?? '', body);
  for (const [name, value] of form) parameters.append(name, value);
  const inUrl = parameters.get('query');
  const text = inUrl ?? body.toString('utf8');
  // A session of its own for each request: what it sets is gone with it.
  const session = new Session(directory);
  try {
    await prepare(session, parameters);
    if (/\bFORMAT\s+Native\s*$/.test(text) && /^\s*INSERT\b/.test(text)) await insert(session, text, body);
    else await select(session, text, parameters.get('wait_end_of_query') === '1', response);
    if (!response.writableEnded) response.end();
  } finally {
    session.close();
  }
}

function isAllowed(request) {
  const basic = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString('utf8');
  return basic === `default:${password}` || request.headers['x-clickhouse-key'] === password;
}

/** Fields of a form by name: parameters of a query that are too long for a URL. */
function formParts(contentType, body) {
  const boundary = /boundary=(.*)$/.exec(contentType)?.[1];
  if (boundary === undefined) return [];
  return body
    .toString('utf8')
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const end = part.indexOf('\r\n\r\n');
      return [/name="([^"]*)"/.exec(part.slice(0, end))?.[1], part.slice(end + 4, -2)];
    });
}

const notSettings = new Set(['query', 'query_id', 'database', 'wait_end_of_query', 'default_format', 'session_id', 'role']);

async function prepare(session, parameters) {
  const database = parameters.get('database');
  if (database !== null && database !== '') await run(session, `USE \`${database}\``);
  // Parameters count as text here, unlike on a server.
  await run(session, 'SET max_query_size = 67108864');
  const settings = [];
  for (const [name, value] of parameters) if (!notSettings.has(name)) settings.push(`${name} = ${literal(value)}`);
  if (settings.length > 0) await run(session, `SET ${settings.join(', ')}`);
}

function literal(value) {
  return `'${value.replaceAll(/[\\'\0\n\r\t]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}'`;
}

/** chDB reads no data after a statement that ends in binary formats: the block goes through a file. */
async function insert(session, text, body) {
  const file = join(uploads, `${requests++}.native`);
  writeFileSync(file, body);
  try {
    await run(
      session,
      text.replace(/\bFROM input\('([^']*)'\)/, `FROM file('${file}', 'Native', '$1')`).replace(/\bFORMAT\s+Native\s*$/, ''),
    );
  } finally {
    rmSync(file);
  }
}

async function select(session, text, whole, response) {
  const format = /\bFORMAT\s+(\w+)\s*$/.exec(text)?.[1] ?? 'TabSeparated';
  const query = text.replace(/\bFORMAT\s+\w+\s*$/, '');
  if (whole) return response.end((await session.queryAsync(query, { format })).bytes());
  if (!/^\s*(\(|SELECT\b|WITH\b)/.test(query)) return run(session, query);
  for await (const chunk of session.queryStream(query, { format })) {
    if (response.destroyed) return;
    if (!response.headersSent) response.writeHead(200, { 'X-ClickHouse-Format': format, 'X-ClickHouse-Exception-Tag': tag });
    if (!response.write(chunk.raw())) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
}

const tag = 'abcdefghijklmnop';

function run(session, text) {
  return session.queryAsync(text, { format: 'Null' });
}

/** An error is a status and a code; after the first bytes of an answer it is a marked block at the answer's end. */
function refuse(response, error) {
  const code = /Code: (\d+)/.exec(error.message)?.[1] ?? '1002';
  const text = error.message.startsWith('Code: ') ? error.message : `Code: 1002. DB::Exception: ${error.message}`;
  if (response.headersSent) {
    const message = `${text}\n`;
    response.end(`\r\n__exception__\r\n${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}\r\n__exception__\r\n`);
    return;
  }
  response.writeHead(code === '516' ? 403 : 500, { 'X-ClickHouse-Exception-Code': code });
  response.end(`${text} (version 26.7.2.1)\n`);
}
