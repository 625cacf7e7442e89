/** The request of Prometheus's remote read (prompb/remote.proto, `ReadRequest`), decoded. Hints are passed over: they are optional. */
import { SondeError } from '../../base/errors.ts';
import { decodeUtf8 } from '../../base/utf8.ts';
import { WireReader } from '../../codec/protobuf.ts';
import { compileMatcher } from '../../lang/matchers.ts';
import type { Matcher, MatchOperator } from '../../lang/matchers.ts';

export interface ReadQuery {
  /** Unix milliseconds, both included. */
  readonly startMs: number;
  readonly endMs: number;
  readonly matchers: readonly Matcher[];
}

export interface ReadRequest {
  readonly queries: readonly ReadQuery[];
  /** The client takes `STREAMED_XOR_CHUNKS`, and before `SAMPLES` if it takes both. */
  readonly prefersChunks: boolean;
  readonly takesSamples: boolean;
}

const queriesMax = 100;
const matchersMax = 100;
const operators: readonly MatchOperator[] = ['=', '!=', '=~', '!~'];
/** ResponseType. */
const responseTypes = { samples: 0, chunks: 1 };
/** Times are clipped to those that nanoseconds in 64 bits have. */
const timeMsMax = 9_223_372_036_854;

/** Field tags: number × 8 + wire type. */
const requestTags = { queries: 0x0a, acceptedType: 0x10, acceptedTypes: 0x12 };
const queryTags = { start: 0x08, end: 0x10, matchers: 0x1a, hints: 0x22 };
const matcherTags = { type: 0x08, name: 0x12, value: 0x1a };

/** Throws `malformed_body`, and `bad_request` for too many queries or matchers, or a matcher that is not valid. */
export function decodeReadRequest(body: Uint8Array): ReadRequest {
  const reader = new WireReader(body);
  const queries: ReadQuery[] = [];
  const accepted: number[] = [];
  while (reader.at < body.length) {
    const tag = reader.tag(body.length);
    switch (tag) {
      case requestTags.queries:
        queries.push(decodeQuery(reader, reader.length(body.length)));
        checkCount(queries.length, queriesMax, 'queries');
        break;
      case requestTags.acceptedType:
        accepted.push(reader.uint32(body.length));
        break;
      case requestTags.acceptedTypes: {
        const end = reader.length(body.length);
        while (reader.at < end) accepted.push(reader.uint32(end));
        break;
      }
      default:
        reader.skipField(tag, body.length, 2);
    }
  }
  const takesSamples = accepted.length === 0 || accepted.includes(responseTypes.samples);
  const first = accepted.find((type) => type === responseTypes.samples || type === responseTypes.chunks);
  return { queries, prefersChunks: first === responseTypes.chunks, takesSamples };
}

function decodeQuery(reader: WireReader, end: number): ReadQuery {
  let startMs = 0;
  let endMs = 0;
  const matchers: Matcher[] = [];
  while (reader.at < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case queryTags.start:
        startMs = readInt64(reader, end);
        break;
      case queryTags.end:
        endMs = readInt64(reader, end);
        break;
      case queryTags.matchers:
        matchers.push(decodeMatcher(reader, reader.length(end)));
        checkCount(matchers.length, matchersMax, 'matchers');
        break;
      case queryTags.hints:
        reader.at = reader.length(end);
        break;
      default:
        reader.skipField(tag, end, 4);
    }
  }
  return { startMs: clip(startMs), endMs: clip(endMs), matchers };
}

function decodeMatcher(reader: WireReader, end: number): Matcher {
  let type = 0;
  let name = '';
  let value = '';
  while (reader.at < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case matcherTags.type:
        type = reader.uint32(end);
        break;
      case matcherTags.name:
        name = readText(reader, end);
        break;
      case matcherTags.value:
        value = readText(reader, end);
        break;
      default:
        reader.skipField(tag, end, 3);
    }
  }
  const operator = operators[type];
  if (operator === undefined) throw new SondeError('bad_request', `A matcher has a type from 0 to 3; got ${type}.`);
  return checked({ name, operator, value });
}

/** Throws for a regular expression that is not valid. */
function checked(matcher: Matcher): Matcher {
  try {
    compileMatcher(matcher);
    return matcher;
  } catch (thrown) {
    const message = `The matcher of ${JSON.stringify(matcher.name)} has no valid regular expression: ${(thrown as Error).message}`;
    throw new SondeError('bad_request', message, { cause: thrown });
  }
}

function readText(reader: WireReader, end: number): string {
  const stop = reader.length(end);
  const text = decodeUtf8(reader.view, reader.at, stop);
  reader.at = stop;
  return text;
}

function readInt64(reader: WireReader, end: number): number {
  reader.varint(end);
  return reader.high * 2 ** 32 + (reader.low >>> 0);
}

function clip(ms: number): number {
  return Math.max(-timeMsMax, Math.min(ms, timeMsMax));
}

function checkCount(count: number, most: number, what: string): void {
  if (count > most) throw new SondeError('bad_request', `A read request has at most ${most} ${what}.`);
}
