// Databases on free ports with their data in a folder of their own: the real ones, but for MongoDB, of which there is only a server of
// another make that speaks its protocol. Each gives its URL and what stops it.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { run } from '../interop/process.js';

const root = join(import.meta.dirname, '..', '..');
const mavenDependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const startTimeoutMs = 60_000;

export const servers = {
  /** PostgreSQL in WebAssembly, as the demo has it. */
  async postgres() {
    const child = fork(join(root, 'demo', 'services', 'database.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [message] = await once(child, 'message');
    return { url: `postgres://postgres@${message.address}/postgres`, stop: () => end(child) };
  },

  async redis(folder) {
    const port = await freePort();
    const options = ['--bind', '127.0.0.1', '--port', port, '--dir', folder, '--save', '', '--appendonly', 'no'];
    return started('redis-server', options, { port, url: `redis://127.0.0.1:${port}` });
  },

  async mariadb(folder) {
    const port = await freePort();
    const data = join(folder, 'data');
    await run('mariadb-install-db', [
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ]);
    const options = ['--no-defaults', `--datadir=${data}`, `--socket=${join(folder, 'socket')}`, '--bind-address=127.0.0.1'];
    const server = await started('mariadbd', [...options, `--port=${port}`, '--user=root'], { port, url: '' });
    await run('mariadb', ['--no-defaults', `--socket=${join(folder, 'socket')}`, '-uroot', '-e', 'CREATE DATABASE shop']);
    return { ...server, url: `mysql://root@127.0.0.1:${port}/shop` };
  },

  /** MongoDB's protocol over documents in memory: MongoDB itself is in no registry. */
  async mongodb() {
    const source = join(import.meta.dirname, 'mongodb');
    const libraries = join(import.meta.dirname, '.cache', 'mongodb');
    const copy = `${mavenDependencyPlugin}:copy-dependencies`;
    await run('mvn', ['-q', '-B', copy, `-DoutputDirectory=${libraries}`], { cwd: source });
    const child = spawn('java', ['-cp', join(libraries, '*'), join(source, 'Mongo.java')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [port] = await once(child.stdout, 'data');
    const newer = await pretendNewer(Number(port));
    return {
      url: `mongodb://127.0.0.1:${newer.address().port}`,
      async stop() {
        newer.close();
        await end(child);
      },
    };
  },
};

const wireVersion = Buffer.from('\x10maxWireVersion\0');

/** The server can do what is asked of it here, but says that it is of MongoDB 4.2, and the newest driver talks with 4.4 and later. */
async function pretendNewer(port) {
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ])
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
    client.pipe(server);
    server.on('data', (chunk) => {
      const at = chunk.indexOf(wireVersion);
      if (at !== -1) chunk.writeInt32LE(9, at + wireVersion.length);
      client.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return proxy;
}

async function started(command, args, { port, url }) {
  const child = spawn(command, args.map(String), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said = (said + chunk).slice(-2000)));
  const failed = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${command} ended with ${code}: ${said}`)));
  });
  failed.catch(() => undefined);
  await Promise.race([untilListening(port), failed]);
  return { url, stop: () => end(child) };
}

async function untilListening(port) {
  const endMs = Date.now() + startTimeoutMs;
  while (Date.now() < endMs) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'close');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
