/** Random OTLP messages, by the tables of the schema: every field may be there or not, in any order. */
import * as fc from 'fast-check';
import { otlpSchema } from '../../src/ingest/otlp/schema.ts';
import type { Message, Value } from './wire.ts';

/** Fields of which a message has at most one. */
const oneOfs: Readonly<Record<string, readonly string[]>> = {
  AnyValue: ['string_value', 'bool_value', 'int_value', 'double_value', 'array_value', 'kvlist_value', 'bytes_value'],
  Metric: ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'],
  NumberDataPoint: ['as_double', 'as_int'],
  Exemplar: ['as_double', 'as_int'],
};

const nowNs = 1_763_630_000_000_000_000n;
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const unsigned64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 1000n }));
const signed64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -1000n, max: 1000n }));
/** Times are mostly near `nowNs`, so that most rows are within retention. */
const time = fc.oneof({ weight: 9, arbitrary: fc.bigInt({ min: nowNs - 10n ** 12n, max: nowNs }) }, unsigned64);
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('service.name', 'a'),
);
const bytes = fc.uint8Array({ maxLength: 20 });

function idOf(size: number): fc.Arbitrary<Uint8Array> {
  const right = fc.uint8Array({ minLength: size, maxLength: size });
  return fc.oneof({ weight: 20, arbitrary: right }, fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 20 }));
}

function scalar(type: string, name: string): fc.Arbitrary<Value> {
  switch (type) {
    case 'string':
      return text;
    case 'bytes':
      return bytes;
    case 'hex':
      return idOf(name === 'trace_id' ? 16 : 8);
    case 'bool':
      return fc.boolean();
    case 'double':
      return fc.double();
    case 'int32':
    case 'sint32':
      return int32;
    case 'uint32':
    case 'fixed32':
      return uint32;
    case 'int64':
    case 'sfixed64':
      return signed64;
    case 'fixed64':
      return name.endsWith('unix_nano') ? time : unsigned64;
    case 'uint64':
      return unsigned64;
    default:
      return fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...Object.values(otlpSchema.enums[type] ?? {})) },
        fc.constantFrom(9, 99),
      );
  }
}

type Fields = readonly (readonly [name: string, value: Value])[];

/** A message of this type, with at most `depth` levels of messages in it. */
function messageOf(type: string, depth: number): fc.Arbitrary<Message> {
  const exclusive = oneOfs[type] ?? [];
  const independent: fc.Arbitrary<Fields>[] = [];
  const choices: fc.Arbitrary<Fields>[] = [];
  for (const [name, [, fieldType, repeated]] of Object.entries(otlpSchema.messages[type] ?? {})) {
    const isMessage = fieldType in otlpSchema.messages;
    if (isMessage && depth === 0) continue;
    const one = isMessage ? fc.constant(depth - 1).chain((rest) => messageOf(fieldType, rest)) : scalar(fieldType, name);
    const value: fc.Arbitrary<Value> = repeated === undefined ? one : fc.array(one, { maxLength: 3 });
    const field = value.map((value): Fields => [[name, value]]);
    if (exclusive.includes(name)) choices.push(field);
    else independent.push(fc.oneof({ weight: 3, arbitrary: field }, fc.constant([])));
  }
  const chosen = choices.length === 0 ? [] : [fc.oneof({ weight: 9, arbitrary: fc.oneof(...choices) }, fc.constant([]))];
  return inAnyOrder([...independent, ...chosen]);
}

function inAnyOrder(fields: readonly fc.Arbitrary<Fields>[]): fc.Arbitrary<Message> {
  const ranks = fc.array(fc.nat(), { minLength: fields.length, maxLength: fields.length });
  return fc.tuple(fc.tuple(...fields), ranks).map(([present, order]) => {
    const ranked = present.map((field, i) => ({ field, rank: order[i] ?? 0 })).toSorted((a, b) => a.rank - b.rank);
    return Object.fromEntries(ranked.flatMap(({ field }) => field));
  });
}

/** Requests of the three signals. Their times are about `nowNs`. */
export const randomRequests = {
  nowNs,
  traces: messageOf('ExportTraceServiceRequest', 9),
  logs: messageOf('ExportLogsServiceRequest', 9),
  metrics: messageOf('ExportMetricsServiceRequest', 9),
} as const;
