/** query and query_range: PromQL at one time, and over a range of times. */
import { SondeError } from '../../base/errors.ts';
import type { HttpResponse } from '../../base/http.ts';
import { runQuery } from '../../promql/query.ts';
import type { QueryTime } from '../../promql/query.ts';
import type { QueryResult } from '../../promql/evaluate/evaluate.ts';
import { renderChunks } from './chunks.ts';
import { truncatedWarning } from './labels.ts';
import { readDurationMs, readExpr, readLimit, readText, readTimeMs, refuse, requireTimeMs } from './parameters.ts';
import type { Reader } from './reader.ts';
import { resultParts } from './render-result.ts';

export async function queryInstant(reader: Reader): Promise<HttpResponse> {
  const timeMs = readTimeMs(reader.query, 'time') ?? Number(reader.context.nowNs() / 1_000_000n);
  return answerQuery(reader, { kind: 'instant', timeMs });
}

export async function queryRange(reader: Reader): Promise<HttpResponse> {
  const { query, context } = reader;
  const startMs = requireTimeMs(query, 'start');
  const endMs = requireTimeMs(query, 'end');
  if (endMs < startMs) {
    throw new SondeError('bad_request', 'invalid parameter "end": end timestamp must not be before start time');
  }
  const stepMs = readDurationMs(query, 'step') ?? refuse('step', 'seconds or a duration such as 1h30m', '');
  if (stepMs <= 0) {
    const message = 'invalid parameter "step": zero or negative query resolution step widths are not accepted';
    throw new SondeError('bad_request', `${message}. Try a positive integer`);
  }
  checkPoints((endMs - startMs) / stepMs, context.promql.pointsPerSeriesMax);
  return answerQuery(reader, { kind: 'range', startMs, endMs, stepMs });
}

/** Worded as Prometheus does: people search for it. */
function checkPoints(points: number, most: number): void {
  if (points <= most) return;
  const message = `exceeded maximum resolution of ${most.toLocaleString('en-US')} points per timeseries`;
  throw new SondeError('bad_request', `${message}. Try decreasing the query resolution (?step=XX)`);
}

async function answerQuery(reader: Reader, time: QueryTime): Promise<HttpResponse> {
  const { query, context, request, queries } = reader;
  const text = query.get('query') ?? '';
  // A mistake in the text is told before anything waits or is read.
  readExpr(query, context.promql.experimental);
  const limit = readLimit(query);
  const lookbackMs = readDurationMs(query, 'lookback_delta') ?? 0;
  const timeoutMs = Math.min(readDurationMs(query, 'timeout') ?? Number.POSITIVE_INFINITY, context.promql.timeoutMs);
  const { engine, limits, promql: settings } = context;
  const scope = { tenant: request.tenant, signal: request.signal, limits };
  const askedMs = performance.now();
  let startedMs = askedMs;
  const result = await queries.run(
    () => {
      startedMs = performance.now();
      const options = { timeoutMs: timeoutMs - (startedMs - askedMs), ...(lookbackMs > 0 && { lookbackMs }) };
      return runQuery(text, time, { engine, scope, settings }, options);
    },
    { timeoutMs, signal: request.signal },
  );
  const stats = readText(query, 'stats') === undefined ? undefined : statsOf(result, { askedMs, startedMs });
  const limited = limitSeries(result, limit);
  const warnings = limited === result ? result.warnings : [...result.warnings, truncatedWarning];
  return renderChunks(resultParts(limited, stats), { warnings, infos: result.infos });
}

/** The result with so many series at most. */
function limitSeries(result: QueryResult, limit: number): QueryResult {
  if (result.type === 'vector' && result.samples.length > limit) return { ...result, samples: result.samples.slice(0, limit) };
  if (result.type === 'matrix' && result.series.length > limit) return { ...result, series: result.series.slice(0, limit) };
  return result;
}

/**
 * The shape of Prometheus's statistics. The times are ours; the counts are of the samples in the answer, as those that the engine
 * reads for it never come here.
 */
function statsOf(result: QueryResult, { askedMs, startedMs }: { askedMs: number; startedMs: number }): object {
  const endMs = performance.now();
  const queueSeconds = (startedMs - askedMs) / 1000;
  const evalSeconds = (endMs - startedMs) / 1000;
  const samples = countSamples(result);
  return {
    timings: {
      evalTotalTime: evalSeconds,
      resultSortTime: 0,
      queryPreparationTime: 0,
      innerEvalTime: evalSeconds,
      execQueueTime: queueSeconds,
      execTotalTime: queueSeconds + evalSeconds,
    },
    samples: { totalQueryableSamples: samples, peakSamples: samples },
  };
}

function countSamples(result: QueryResult): number {
  if (result.type === 'vector') return result.samples.length;
  if (result.type === 'matrix') return result.series.reduce((sum, { points }) => sum + points.length, 0);
  return 1;
}
