/** GET /api/traces: traces that start in a range, newest or longest first. */
import { int, raw, sql, text } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { TracesAnswer, TraceSummary } from './contract.ts';
import { decodeCursor, encodeCursor, refuseCursor } from './cursor.ts';
import { attributeConditions } from './filters.ts';
import { readAttributeFilters, readChoice, readDuration, readLimit, readText, readTimeRange, refuse } from './parameters.ts';
import type { Reader } from './reader.ts';
import { newestEnds } from './slices.ts';
import { statusCodes } from './trace.ts';
import { candidatesFromSpans, candidatesFromTraces, isAfter, readSummaries } from './traces-query.ts';
import type { CandidateRead, Place, TraceRow, TraceSearch, TraceSort } from './traces-query.ts';

const limits = { default: 50, max: 1000 };
/** Candidates beyond a page that the first batch holds, for those that turn out to start before the range. */
const spare = 20;
const batchMax = 5000;

export async function listTraces(reader: Reader): Promise<TracesAnswer> {
  const { query } = reader.request;
  const limit = readLimit(query, limits);
  const search = await readSearch(reader);
  const rows = await findTraces(reader, search, limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { traces: page.map(toSummary), next: more ? cursorAfter(search, last) : null };
}

async function readSearch(reader: Reader): Promise<TraceSearch> {
  const { query } = reader.request;
  const sort = readChoice(query, 'sort', ['newest', 'longest']) ?? 'newest';
  const cursor = readText(query, 'cursor');
  const { range, place } =
    cursor === undefined
      ? { range: readTimeRange(query, reader.context.nowNs()), place: [] }
      : decodeCursor(cursorKind(sort), ['int', 'traceId'], cursor);
  const [value, traceId] = place;
  const after = value === undefined || traceId === undefined ? undefined : { value: BigInt(value), traceId };
  const outside = after !== undefined && (after.value < range.fromNs || after.value >= range.toNs);
  if (sort === 'newest' && outside) refuseCursor(cursor ?? '');
  const [minDurationNs, maxDurationNs] = [readDuration(query, 'minDuration'), readDuration(query, 'maxDuration')];
  if (minDurationNs !== undefined && maxDurationNs !== undefined && minDurationNs > maxDurationNs) {
    refuse('minDuration', 'at most `maxDuration`', readText(query, 'minDuration') ?? '');
  }
  const ofSpan = spanConditions(reader);
  // With a service or an operation a duration is that of the span, else that of the trace.
  const spanDurations = readText(query, 'service') !== undefined || readText(query, 'operation') !== undefined;
  if (spanDurations && minDurationNs !== undefined) ofSpan.push(sql`duration_ns >= ${int(minDurationNs)}`);
  if (spanDurations && maxDurationNs !== undefined) ofSpan.push(sql`duration_ns <= ${int(maxDurationNs)}`);
  ofSpan.push(...(await attributeConditions(reader, range, readAttributeFilters(query))));
  const ofTrace = spanDurations ? { minDurationNs: undefined, maxDurationNs: undefined } : { minDurationNs, maxDurationNs };
  return { range, sort, after, ofSpan, ...ofTrace };
}

function spanConditions({ request: { query } }: Reader): Sql[] {
  const conditions: Sql[] = [];
  const service = readText(query, 'service');
  const operation = readText(query, 'operation');
  const status = readChoice(query, 'status', statusCodes);
  if (service !== undefined) conditions.push(sql`service = ${text(service)}`);
  if (operation !== undefined) conditions.push(sql`name = ${text(operation)}`);
  if (status !== undefined) conditions.push(sql`status = ${raw(String(statusCodes.indexOf(status)))}`);
  return conditions;
}

async function findTraces(reader: Reader, search: TraceSearch, limit: number): Promise<TraceRow[]> {
  const { range, after } = search;
  if (search.sort === 'longest') return findWithin(reader, search, { end: range, limit, short: false });
  const page = { fromNs: range.fromNs, toNs: after === undefined ? range.toNs : after.value + 1n };
  const ends = newestEnds(page);
  let found: TraceRow[] = [];
  for (const [i, end] of ends.entries()) {
    found = await findWithin(reader, search, { end, limit, short: i < ends.length - 2 });
    if (found.length >= limit) break;
  }
  return found;
}

/**
 * Reads candidates batch by batch, and the summaries of each, until the page is full of traces that no later candidate can
 * come before: a candidate's bound is never after its place in the list.
 */
async function findWithin(reader: Reader, search: TraceSearch, ask: Omit<CandidateRead, 'before'>): Promise<TraceRow[]> {
  const ofWholeTrace = search.minDurationNs !== undefined || search.maxDurationNs !== undefined;
  const fromTraces = search.sort === 'longest' || (ofWholeTrace && search.ofSpan.length === 0);
  const readCandidates = fromTraces ? candidatesFromTraces : candidatesFromSpans;
  const found = new Map<string, TraceRow>();
  let before: Place | undefined;
  for (let size = ask.limit + spare; ; size = Math.min(size * 2, batchMax)) {
    const candidates = await readCandidates(reader, search, { ...ask, before, limit: size });
    const rows = await readSummaries(
      reader,
      search.range,
      candidates.map(({ traceId }) => traceId),
    );
    for (const row of rows) if (belongs(row, search, ask.end.fromNs)) found.set(row.trace, row);
    const sorted = [...found.values()].toSorted((a, b) => (isAfter(placeOf(a, search.sort), placeOf(b, search.sort)) ? 1 : -1));
    const page = sorted.slice(0, ask.limit);
    before = candidates.at(-1);
    const last = page.at(-1);
    if (before === undefined || candidates.length < size) return page;
    if (page.length === ask.limit && last !== undefined && !isAfter(placeOf(last, search.sort), before)) return page;
  }
}

function belongs(row: TraceRow, { range, sort, after, minDurationNs, maxDurationNs }: TraceSearch, fromNs: bigint): boolean {
  const [startNs, durationNs] = [BigInt(row.start_ns), BigInt(row.duration_ns)];
  if (startNs < fromNs || startNs >= range.toNs) return false;
  if (after !== undefined && !isAfter(placeOf(row, sort), after)) return false;
  return (minDurationNs ?? 0n) <= durationNs && (maxDurationNs === undefined || durationNs <= maxDurationNs);
}

function placeOf(row: TraceRow, sort: TraceSort): Place {
  return { value: BigInt(sort === 'newest' ? row.start_ns : row.duration_ns), traceId: row.trace };
}

function cursorKind(sort: TraceSort): string {
  return `traces ${sort}`;
}

function cursorAfter({ range, sort }: TraceSearch, last: TraceRow): string {
  const { value, traceId } = placeOf(last, sort);
  return encodeCursor(cursorKind(sort), { range, place: [String(value), traceId] });
}

function toSummary(row: TraceRow): TraceSummary {
  return {
    traceId: row.trace,
    rootService: row.root_service_name,
    rootName: row.root_span_name,
    startNs: row.start_ns,
    durationNs: row.duration_ns,
    spanCount: Number(row.span_count),
    errorCount: Number(row.error_count),
    services: row.service_names.toSorted(),
  };
}
