/**
 * The one way a read becomes a statement: its SQL in parentheses, and around it settings that the engine enforces: the rows it
 * may see, that it changes nothing, what it may cost. Both drivers send what is made here.
 *
 *     (
 *     …the query…
 *     ) SETTINGS additional_table_filters = {'db.spans': 'tenant = x'…' AND …', …}, readonly = 1, max_execution_time = …
 *
 * Settings inside the query would win over those around it, and a few functions and tables look past the filters; so a
 * query that names one of them is a bug of ours and is not sent.
 */
import { assert } from '../base/assert.ts';
import { rollups } from '../model/rollups.ts';
import type { Dialect, EngineFeatures, QueryLimits, Scope, TimeRange } from './engine.ts';
import { localName, storedTables } from './schema.ts';
import { toStatement } from './sql.ts';
import type { Bound, Sql, Statement } from './sql.ts';

export interface ReadContext {
  readonly database: string;
  readonly dialect: Dialect;
  readonly limits: QueryLimits;
  /** Table functions of this engine. */
  readonly tableFunctions: ReadonlySet<string>;
  readonly features: EngineFeatures;
}

/** The setting that lets a statement use the functions of `EngineFeatures.gridFunctions`. */
export const gridFunctionsSetting = 'allow_experimental_time_series_aggregate_functions';

/** Asks what of the names that `featuresOf` looks for there is. */
export const featuresQuery = `SELECT name FROM system.settings WHERE name = '${gridFunctionsSetting}' UNION ALL SELECT name FROM system.functions WHERE name = 'timeSeriesRateToGrid'`;

export function featuresOf(names: readonly string[]): EngineFeatures {
  return { gridFunctions: names.includes(gridFunctionsSetting) && names.includes('timeSeriesRateToGrid') };
}

/** Table functions that read nothing but their arguments. */
const harmlessTableFunctions = new Set(['numbers', 'values', 'null', 'generateseries', 'generate_series']);

/** Words that a read may not contain, as they reach past its scope. */
const forbiddenWords = /\b(settings|outfile|system|information_schema|infile|default\s*\.)/i;
/** Functions that look at files, other tables' contents or the server. */
const forbiddenFunctions = new Set(['file', 'joinget', 'joingetornull', 'getserversetting', 'getmacro', 'showcertificate']);

/** A read with its scope; `name` finds it among the running ones (log_comment). */
export function scopedRead(context: ReadContext, scope: Scope, query: Sql, name: string): Statement {
  const { text, parameters } = toStatement(query);
  assertWithinScope(text, context.tableFunctions);
  const limits: QueryLimits = { ...context.limits, ...scope.limits };
  const settings = [
    `additional_table_filters = {${filters(context, scope, text)}}`,
    'readonly = 1',
    `max_execution_time = ${limits.timeMs / 1000}`,
    `max_memory_usage = ${Math.floor(limits.memoryBytes)}`,
    `max_rows_to_read = ${Math.floor(limits.rowsRead)}`,
    `max_result_rows = ${Math.floor(limits.rowsOut)}`,
    `log_comment = '${name}'`,
  ];
  if (scope.isSmall === true) settings.push('max_threads = 1', 'compile_expressions = 0', 'compile_aggregate_expressions = 0');
  if (context.features.gridFunctions) settings.push(`${gridFunctionsSetting} = 1`);
  return { text: `(\n${text}\n) SETTINGS ${settings.join(', ')}`, parameters };
}

/**
 * Settings of an insert: a token by which a repeated one is recognised, in the table and in its rollups; one block however
 * large, so that each partition gets one part, whole or not at all.
 */
export function insertSettings(token: string, dialect: Dialect): string {
  const settings = [
    `insert_deduplication_token = ${quoted(token)}`,
    'deduplicate_blocks_in_dependent_materialized_views = 1',
    'async_insert = 0',
    'max_partitions_per_insert_block = 0',
    'max_insert_block_size = 4294967296',
    'min_insert_block_size_rows = 4294967296',
    'min_insert_block_size_bytes = 0',
  ];
  // A Distributed table answers when its shards have the rows, not when it has queued them.
  if (dialect.cluster !== undefined) settings.push('distributed_foreground_insert = 1');
  return `SETTINGS ${settings.join(', ')}`;
}

function assertWithinScope(text: string, tableFunctions: ReadonlySet<string>): void {
  const code = withoutLiterals(text);
  assertClosed(code);
  assert(!forbiddenWords.test(code), `a read without ${forbiddenWords.exec(code)?.[0]}`);
  for (const [, name = ''] of code.matchAll(/([A-Za-z_]\w*)\s*\(/g)) {
    const lower = name.toLowerCase();
    assert(!forbiddenFunctions.has(lower) && !lower.startsWith('dictget'), `a read without ${name}()`);
    assert(!tableFunctions.has(lower) || harmlessTableFunctions.has(lower), `a read without the table function ${name}()`);
  }
}

/** A parenthesis too many would end the one around the query. */
function assertClosed(code: string): void {
  let depth = 0;
  for (const [parenthesis] of code.matchAll(/[()]/g)) {
    depth += parenthesis === '(' ? 1 : -1;
    assert(depth >= 0, 'a read closes only what it opens');
  }
}

/** The text with the insides of string literals and comments blanked. */
function withoutLiterals(text: string): string {
  return text.replaceAll(/'(?:[^'\\]|\\.|'')*'|--[^\n]*|\/\*.*?\*\//gs, (part) => (part.startsWith("'") ? "''" : ' '));
}

/**
 * What each table shows that a query can reach, for the engine's `additional_table_filters`. Tenants travel as hex: nothing to
 * escape. The engine spends as long on filters of tables that a query does not name as on a small query itself, so they are
 * left out; a name that is written with escapes could be any.
 */
function filters({ database, dialect }: ReadContext, scope: Scope, query: string): string {
  const tenant = `tenant = x\\'${Buffer.from(scope.tenant, 'utf8').toString('hex')}\\'`;
  const entries: string[] = [];
  const words = query.includes('\\') ? undefined : new Set(query.match(/[A-Za-z_]\w*/g));
  const add = (name: string, filter: string): void => {
    const local = localName(name, dialect);
    if (words !== undefined && ![name, local, `${name}_view`].some((one) => words.has(one))) return;
    for (const table of new Set([name, local])) entries.push(`'${database}.${table}': '${filter}'`);
  };
  for (const table of storedTables) {
    if (!('tenant' in table.columns)) add(table.name, '0');
    else add(table.name, bounded(tenant, table.time, table.columns[table.time]?.type ?? 'DateTime64', scope.time));
  }
  for (const rollup of rollups) add(rollup.name, bounded(tenant, rollup.time, rollup.columns[rollup.time] ?? '', scope.time));
  add('migrations', '0');
  return entries.join(', ');
}

function bounded(tenant: string, column: string, type: string, range: TimeRange | undefined): string {
  if (range === undefined) return tenant;
  const [from, to] = type === 'Date' ? days(range) : type.startsWith('DateTime64') ? instants(range) : minutes(range);
  return `${tenant} AND ${column} >= ${from} AND ${column} < ${to}`;
}

const dayNs = 86_400_000_000_000n;
const minuteNs = 60_000_000_000n;

function instants({ fromNs, toNs }: TimeRange): [string, string] {
  return [instant(fromNs), instant(toNs)];
}

function instant(ns: bigint): string {
  return `fromUnixTimestamp64Nano(${clamp(ns, 2n ** 63n - 1n)}, \\'UTC\\')`;
}

function minutes({ fromNs, toNs }: TimeRange): [string, string] {
  return [minute(floorDiv(fromNs, minuteNs)), minute(ceilDiv(toNs, minuteNs))];
}

function minute(count: bigint): string {
  return `toDateTime(${clamp(count * 60n, 2n ** 32n - 1n)}, \\'UTC\\')`;
}

function days({ fromNs, toNs }: TimeRange): [string, string] {
  return [day(floorDiv(fromNs, dayNs)), day(ceilDiv(toNs, dayNs))];
}

function day(count: bigint): string {
  return `toDate(${clamp(count, 65_535n)})`;
}

function clamp(value: bigint, most: bigint): bigint {
  if (value < 0n) return 0n;
  return value > most ? most : value;
}

function floorDiv(value: bigint, by: bigint): bigint {
  return value < 0n && value % by !== 0n ? value / by - 1n : value / by;
}

function ceilDiv(value: bigint, by: bigint): bigint {
  return -floorDiv(-value, by);
}

const textList = 'Array(String)';

/** Longer lists are read sooner as a parameter than as part of the statement. */
const literalItemsMax = 100;

/** A statement with values in the place of its parameters: to set these would be a statement more. Long lists stay parameters. */
export function withLiterals({ text, parameters }: Statement): Statement {
  const rest = new Map<string, Bound>();
  const filled = text.replaceAll(/\{(p\d+):[^}]+\}/g, (placeholder, name: string) => {
    const bound = parameters.get(name);
    const literal = bound && literalOf(bound);
    if (literal !== undefined) return literal;
    if (bound !== undefined) rest.set(name, bound);
    return placeholder;
  });
  return { text: filled, parameters: rest };
}

/** A value of its exact type. Text is written in hex, which needs no escapes and says nothing else. */
function literalOf({ type, value }: Bound): string | undefined {
  if (typeof value === 'string') return type === 'String' ? hexLiteral(value) : scalarLiteral(type, value);
  if (value.length === 0 || value.length > literalItemsMax) return undefined;
  return `[${value.map((item) => (type === textList ? hexLiteral(item) : item)).join(', ')}]`;
}

function scalarLiteral(type: string, value: string): string | undefined {
  return ['Int64', 'UInt64', 'Float64'].includes(type) ? `to${type}('${value}')` : undefined;
}

function hexLiteral(text: string): string {
  return `x'${Buffer.from(text, 'utf8').toString('hex')}'`;
}

/** A bound value in the form that ClickHouse reads query parameters in: a field of tab-separated text, or an array. */
export function parameterText({ type, value }: Bound): string {
  if (typeof value === 'string') return escaped(value);
  return `[${(type === textList ? value.map(quoted) : value).join(', ')}]`;
}

/** A SQL string literal. */
export function quoted(value: string): string {
  return `'${value.replaceAll(/[\\'\0\b\f\n\r\t]/g, (c) => escapes[c] ?? c)}'`;
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Escaped as in a field of tab-separated text. */
function escaped(value: string): string {
  return value.replaceAll(/[\\\0\b\f\n\r\t]/g, (c) => escapes[c] ?? c);
}
