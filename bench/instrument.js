// What the instrumentation kit costs: a fastify and a grpc-js service that say hello, bare and with the kit, in turn; beside them the
// same fastify service with OpenTelemetry's own SDK. Throughput is what they answer at most, the 99th percentile that of calls that come
// evenly, a tenth as many as the bare service answers: at most there is nothing to measure but how long calls wait for each other. Then
// start-up, and memory while the backend is away.
//
//   npm run bench -- instrument [--rounds 5] [--seconds 5] [--connections 50] [--away 30]
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '50' },
    away: { type: 'string', default: '30' },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const connections = Number(options.connections);

const built = spawnSync('npm', ['run', 'build', '--silent', '-w', '@sonde/instrument'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.status !== 0) throw new Error('the kit cannot be built');

const folder = import.meta.dirname;
const sink = fork(`${folder}/load/otlp-sink.js`);
const [{ port: sinkPort }] = await once(sink, 'message');
const endpoint = `http://127.0.0.1:${sinkPort}`;
const kit = ['--import', '@sonde/instrument'];
const ways = {
  bare: { args: [], env: {} },
  'kit, 10 % of traces': { args: kit, env: { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' } },
  'kit, all traces': { args: kit, env: {} },
};
const sdk = {
  'OpenTelemetry’s SDK, 10 % of traces': {
    args: ['--import', `${folder}/load/otel-sdk.js`],
    env: { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' },
  },
};

await compare('fastify', { ...ways, ...sdk }, mostHttp);
await compare('grpc-js', ways, (port, duration) => answerOf('grpc-calls.js', port, duration, connections));
startUp();
await away();
sink.kill();

async function compare(service, all, most) {
  const results = new Map(Object.keys(all).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(all)) results.get(name).push(await measure(service, way, most));
  }
  const bare = results.get('bare');
  const pace = Math.round(median(bare.map(({ perSecond }) => perSecond)) / 10);
  const p99sMs = await evenly(service, Object.values(all), pace);
  for (const [i, [name, runs]] of [...results].entries()) {
    const ratio = median(runs.map(({ perSecond }, round) => perSecond / bare[round].perSecond));
    const addedMs = p99sMs[i] - p99sMs[0];
    const figures = `${Math.round(median(runs.map(({ perSecond }) => perSecond)))} requests/s, ${median(runs.map(({ cpuMicros }) => cpuMicros)).toFixed(1)} µs of processor time each`;
    print(
      name === 'bare'
        ? `${service}, bare: ${figures}; at ${pace} calls/s p99 ${p99sMs[0].toFixed(2)} ms`
        : `${service}, ${name}: ${figures}; ${ratio.toFixed(2)}x bare; p99 ${addedMs >= 0 ? '+' : ''}${addedMs.toFixed(2)} ms`,
    );
  }
}

async function start(service, { args, env }) {
  const child = fork(`${folder}/load/hello-${service === 'fastify' ? 'fastify' : 'grpc'}.js`, {
    execArgv: args,
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env },
  });
  const [{ port }] = await once(child, 'message');
  return { child, port };
}

/** What a service answers at most. */
async function measure(service, way, most) {
  const { child, port } = await start(service, way);
  await most(port, 2);
  const before = await usage(child);
  const { perSecond, calls } = await most(port, seconds);
  const after = await usage(child);
  child.kill('SIGKILL');
  const cpuMicros = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / calls;
  return { perSecond, cpuMicros };
}

/** The 99th percentile of each way, in milliseconds, where calls do not wait for each other. */
async function evenly(service, all, pace) {
  const started = [];
  for (const way of all) started.push(await start(service, way));
  const p99sMs = await answerOf('evenly.js', service, pace, rounds * seconds * 2, ...started.map(({ port }) => port));
  for (const { child } of started) child.kill('SIGKILL');
  return p99sMs;
}

async function usage(child) {
  child.send('usage');
  const [answer] = await once(child, 'message');
  return answer;
}

async function mostHttp(port, duration) {
  const result = await autocannon({ url: `http://127.0.0.1:${port}/hello/you`, connections, duration });
  return { perSecond: result.requests.average, calls: result.requests.total };
}

async function answerOf(script, ...args) {
  const child = fork(`${folder}/load/${script}`, args.map(String));
  const [answer] = await once(child, 'message');
  return answer;
}

/** How much longer `node` takes to do nothing. */
function startUp() {
  const took = (args) => {
    const beganMs = performance.now();
    spawnSync(process.execPath, [...args, '--eval', '0'], { env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
    return performance.now() - beganMs;
  };
  const pairs = Array.from({ length: 11 }, () => ({
    bare: took([]),
    kit: took([...kit, '--import', `data:text/javascript,process.kill(process.pid, 9)`]),
  }));
  print(`start-up: ${median(pairs.map((pair) => pair.kit - pair.bare)).toFixed(0)} ms more (goal 250)`);
}

/** The backend is away: how much memory the kit takes, and what becomes of the service. */
async function away() {
  const child = fork(`${folder}/load/hello-fastify.js`, {
    execArgv: kit,
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    silent: true,
  });
  const [{ port }] = await once(child, 'message');
  await mostHttp(port, 5);
  const before = await usage(child);
  const { perSecond } = await mostHttp(port, Number(options.away));
  const after = await usage(child);
  child.kill('SIGKILL');
  const mib = (bytes) => Math.round(bytes / 2 ** 20);
  print(
    `backend away for ${options.away} s under load: ${Math.round(perSecond)} requests/s, memory ${mib(before.rss)} MiB after 5 s, ${mib(after.rss)} MiB at the end`,
  );
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
