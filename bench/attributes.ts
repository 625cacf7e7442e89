/**
 * Attributes: how to store them. The same spans (8 attributes each) in one table per candidate: what an insert, a merge and a
 * row cost, and how long the reads take that Sonde does. docs/decisions/attributes.md says what follows from it.
 *
 * Costs are processor time per row, the least of several rounds that take turns, so that a busy machine disturbs little; reads
 * are the fastest of several, in ms. The engine's caches of answers are off.
 *
 *     npm run bench -- attributes [--rows 600000] [--rounds 3]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbedded } from '../src/engine/embedded.ts';
import { raw } from '../src/engine/sql.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '600000' }, rounds: { type: 'string', default: '3' } },
});
const rowsPerInsert = 30_000;
const inserts = Math.ceil(Number(values.rows) / rowsPerInsert);
const rounds = Number(values.rounds);
const rareUser = 'u777';

/** Keys and values travel as lists whose items end with 0xFF; JSON as its text. */
const splitKeys = "arrayPopBack(splitByChar('\\xff', toLowCardinality(keys)))";
const splitValues = "arrayPopBack(splitByChar('\\xff', vals))";
const buckets = (count: number): string =>
  `, map_serialization_version = 'with_buckets', map_serialization_version_for_zero_level_parts = 'basic', map_buckets_min_avg_size = 0, max_buckets_in_map = ${count}, map_buckets_strategy = 'constant'`;
const mapColumns = 'attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)), types LowCardinality(String)';
const mapInsert = `mapFromArrays(${splitKeys}, ${splitValues}), types`;
const pairs = "arrayMap((k, v) -> concat(k, '=', v), mapKeys(attributes), mapValues(attributes))";
const hashes = 'arrayMap((k, v) -> cityHash64(k, v), mapKeys(attributes), mapValues(attributes))';
const bloom = (expression: string): string => `, INDEX by_attribute ${expression} TYPE bloom_filter(0.01) GRANULARITY 1`;
const mapKey = (key: string): string => `attributes['${key}']`;
const everyEntry = `arrayExists((k, v) -> k = 'user.id' AND v = '${rareUser}', mapKeys(attributes), mapValues(attributes))`;

interface Candidate {
  readonly name: string;
  readonly columns: string;
  readonly insert: string;
  readonly settings: string;
  readonly key: (key: string) => string;
  /** A condition that finds a rare value by an index; none when there is no index. */
  readonly indexed?: string;
}

const candidates: readonly Candidate[] = [
  {
    name: 'JSON',
    columns: 'attributes JSON CODEC(ZSTD(1)), types LowCardinality(String)',
    insert: "CAST(json, 'JSON'), types",
    settings: '',
    key: (key) => `attributes.\`${key}\`::String`,
  },
  {
    name: 'two arrays',
    columns: 'ks Array(LowCardinality(String)) CODEC(ZSTD(1)), vs Array(String) CODEC(ZSTD(1)), types LowCardinality(String)',
    insert: `${splitKeys}, ${splitValues}, types`,
    settings: '',
    key: (key) => `vs[indexOf(ks, '${key}')]`,
  },
  { name: 'Map', columns: mapColumns, insert: mapInsert, settings: '', key: mapKey },
  ...[4, 8, 16].map((count) => ({
    name: `Map, ${count} buckets`,
    columns: mapColumns,
    insert: mapInsert,
    settings: buckets(count),
    key: mapKey,
  })),
  {
    name: 'Map, pairs index',
    columns: mapColumns + bloom(pairs),
    insert: mapInsert,
    settings: '',
    key: mapKey,
    indexed: `has(${pairs}, 'user.id=${rareUser}') AND ${everyEntry}`,
  },
  {
    name: 'Map, hash index',
    columns: mapColumns + bloom(hashes),
    insert: mapInsert,
    settings: '',
    key: mapKey,
    indexed: `indexHint(has(${hashes}, cityHash64('user.id', '${rareUser}'))) AND ${everyEntry}`,
  },
  {
    name: 'Map, 8 b., hash index',
    columns: mapColumns + bloom(hashes),
    insert: mapInsert,
    settings: buckets(8),
    key: mapKey,
    indexed: `indexHint(has(${hashes}, cityHash64('user.id', '${rareUser}'))) AND ${everyEntry}`,
  },
];

const attributes: readonly (readonly [key: string, type: string, value: string])[] = [
  ['http.request.method', 's', "['GET', 'POST', 'PUT'][h % 3 + 1]"],
  ['http.route', 's', "concat('/api/v1/thing/', toString(h % 30))"],
  ['url.path', 's', "concat('/api/v1/thing/', toString(h % 30), '/', toString(h % 100003))"],
  ['http.response.status_code', 'i', "['200', '200', '200', '404', '500'][h % 5 + 1]"],
  ['server.address', 's', "concat('host-', toString(h % 20), '.internal')"],
  ['user.id', 's', "concat('u', toString(h % 99991))"],
  ['network.peer.port', 'i', 'toString(30000 + h % 29989)'],
  ['thread.name', 's', "concat('worker-', toString(h % 16))"],
];

/** Spans as they come from a decoder, in memory: one table per insert. */
function stage(number: number): string {
  const listOf = (items: readonly string[]): string => `concat(${items.map((item) => `${item}, '\\xff'`).join(', ')})`;
  const json = attributes.map(([key, type, value], i) => {
    const quote = type === 's' ? "'\"'" : "''";
    return `'${i === 0 ? '{' : ','}"${key}":', ${quote}, ${value}, ${quote}`;
  });
  return `CREATE TABLE staged_${number} ENGINE = Memory AS SELECT
    concat('service-', toString(number % 12)) AS service, concat('operation ', toString(h % 96)) AS name,
    toDateTime64('2026-01-01 00:00:00', 9, 'UTC') + toIntervalMillisecond(number) AS start_time, toInt64(h % 1000000000) AS duration_ns,
    sipHash128(intDiv(number, 8)) AS trace_id, toFixedString(reinterpretAsString(bitOr(h, 0x0101010101010101)), 8) AS span_id,
    ${listOf(attributes.map(([key]) => `'${key}'`))} AS keys, ${listOf(attributes.map(([, , value]) => value))} AS vals,
    '${attributes.map(([, type]) => type).join('')}' AS types, concat(${json.join(', ')}, '}') AS json
    FROM (SELECT number, cityHash64(number) AS h FROM numbers(${number * rowsPerInsert}, ${rowsPerInsert}))`;
}

function create(table: string, { columns, settings }: Candidate): string {
  return `CREATE TABLE ${table} (service LowCardinality(String), name LowCardinality(String),
    start_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)), duration_ns Int64 CODEC(ZSTD(1)), trace_id FixedString(16) CODEC(ZSTD(1)),
    span_id FixedString(8) CODEC(ZSTD(1)), ${columns}, INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1)
    ENGINE = MergeTree ORDER BY (service, start_time) SETTINGS index_granularity = 8192${settings}`;
}

interface Figures {
  insertUs: number;
  mergeUs: number;
  bytes: number;
  rareMs: number;
  indexedMs: number;
  groupMs: number;
  traceMs: number;
  newestMs: number;
}

const path = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
const limits = { timeMs: 600_000, memoryBytes: 2e9, rowsRead: 1e12, rowsOut: 1e9 };
const engine = await openEmbedded({ path, memoryBytesMax: 3e9, limits });
const command = (text: string): Promise<void> => engine.command(raw(text));

async function processorUs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function readMs(query: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 7; i++) {
    const startMs = performance.now();
    await engine.adminRows(raw(`${query} SETTINGS use_query_condition_cache = 0`));
    best = Math.min(best, performance.now() - startMs);
  }
  return best;
}

async function measure(candidate: Candidate): Promise<Figures> {
  const table = 'candidate';
  await command(create(table, candidate));
  await command(`SYSTEM STOP MERGES ${table}`);
  let insertUs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < inserts; i++) {
    const insert = `INSERT INTO ${table} SELECT service, name, start_time, duration_ns, trace_id, span_id, ${candidate.insert} FROM staged_${i}`;
    insertUs = Math.min(insertUs, await processorUs(() => command(insert)));
  }
  await command(`SYSTEM START MERGES ${table}`);
  const mergeUs = await processorUs(() => command(`OPTIMIZE TABLE ${table} FINAL`));
  const [size] = await engine.adminRows<{ bytes: number }>(
    raw(`SELECT sum(bytes_on_disk) / sum(rows) AS bytes FROM system.parts WHERE table = '${table}' AND active`),
  );
  const trace = `SELECT * FROM ${table} WHERE trace_id = sipHash128(toUInt64(4321))`;
  const figures = {
    insertUs: insertUs / rowsPerInsert,
    mergeUs: mergeUs / rowsPerInsert / inserts,
    bytes: size?.bytes ?? 0,
    rareMs: await readMs(`SELECT count() FROM ${table} WHERE ${candidate.key('user.id')} = '${rareUser}'`),
    indexedMs:
      candidate.indexed === undefined ? Number.NaN : await readMs(`SELECT count() FROM ${table} WHERE ${candidate.indexed}`),
    groupMs: await readMs(`SELECT ${candidate.key('http.route')} AS route, count() FROM ${table} GROUP BY route`),
    traceMs: await readMs(trace),
    newestMs: await readMs(`SELECT * FROM ${table} WHERE service = 'service-3' ORDER BY start_time DESC LIMIT 50`),
  };
  await command(`DROP TABLE ${table} SYNC`);
  return figures;
}

const least = new Map<string, Figures>();
for (let i = 0; i < inserts; i++) await command(stage(i));
for (let round = 0; round < rounds; round++) {
  for (const candidate of candidates) {
    const now = await measure(candidate);
    const before = least.get(candidate.name) ?? now;
    for (const name of Object.keys(now) as (keyof Figures)[]) now[name] = Math.min(now[name], before[name]);
    least.set(candidate.name, now);
  }
}
await engine.close();
rmSync(path, { recursive: true });

const heads = ['insert µs', 'merge µs', 'B/row', 'rare ms', 'indexed ms', 'group ms', 'trace ms', 'newest ms'];
const line = (name: string, cells: readonly string[]): string =>
  name.padEnd(24) + cells.map((cell) => cell.padStart(11)).join('');
process.stdout.write(`${inserts * rowsPerInsert} spans, ${rounds} rounds\n${line('', heads)}\n`);
for (const [name, { insertUs, mergeUs, bytes, ...reads }] of least) {
  const costs = [insertUs.toFixed(2), mergeUs.toFixed(2), bytes.toFixed(1)];
  const times = [reads.rareMs, reads.indexedMs, reads.groupMs, reads.traceMs, reads.newestMs];
  process.stdout.write(`${line(name, [...costs, ...times.map((ms) => (Number.isNaN(ms) ? '' : ms.toFixed(1)))])}\n`);
}
