/**
 * Which share of their traces services keep: a file in the format of Jaeger's strategies file (Jaeger documentation, "File-based
 * sampling configuration"), as JSON or YAML, whose services may have Sonde's own `rules` too; and the answer to a service that asks, in the
 * JSON of Jaeger's remote sampling (sampling.proto of jaeger-idl).
 */
import { parse } from 'yaml';
import { SondeError } from '../base/errors.ts';

/** What services are told, by name. */
export interface SamplingRules {
  readonly services: ReadonlyMap<string, SamplingAnswer>;
  /** For all others. */
  readonly otherwise: SamplingAnswer;
}

/** Jaeger's answer, and Sonde's rules beside it; both go onto the wire as they are. */
export interface SamplingAnswer {
  readonly strategyType: 'PROBABILISTIC' | 'RATE_LIMITING';
  readonly probabilisticSampling?: { readonly samplingRate: number };
  readonly rateLimitingSampling?: { readonly maxTracesPerSecond: number };
  readonly operationSampling?: {
    readonly defaultSamplingProbability: number;
    readonly defaultLowerBoundTracesPerSecond: number;
    readonly perOperationStrategies: readonly {
      readonly operation: string;
      readonly probabilisticSampling: { readonly samplingRate: number };
    }[];
  };
  readonly rules?: readonly object[];
}

const servicesMax = 10_000;
const listMax = 2000;

/** All traces, of services that a file says nothing of. */
const all: SamplingAnswer = { strategyType: 'PROBABILISTIC', probabilisticSampling: { samplingRate: 1 } };

/** Reads a file. Throws `config`, which says where it is wrong. */
export function readSamplingRules(text: string, path: string): SamplingRules {
  const at = (where: string): Place => ({ where: `${path}: ${where}` });
  const file = objectOf(parseText(text, path), at('the file'));
  onlyKeys(file, ['default_strategy', 'service_strategies'], at('the file'));
  const otherwise = file['default_strategy'] == null ? all : answerOf(file['default_strategy'], at('default_strategy'));
  const services = new Map<string, SamplingAnswer>();
  for (const [i, entry] of listOf(file['service_strategies'] ?? [], at('service_strategies'), servicesMax).entries()) {
    const place = at(`service_strategies[${i}]`);
    const { service, ...strategy } = objectOf(entry, place);
    if (typeof service !== 'string' || service === '') throw wrong(place, 'service should be a name', service);
    if (services.has(service)) throw wrong(place, 'service should stand once', service);
    services.set(service, answerOf(strategy, place));
  }
  return { services, otherwise };
}

interface Place {
  readonly where: string;
}

function wrong({ where }: Place, expected: string, came: unknown): SondeError {
  return new SondeError('config', `${where}: ${expected}, but is ${JSON.stringify(came)}.`);
}

function parseText(text: string, path: string): unknown {
  try {
    return parse(text) ?? {};
  } catch (cause) {
    throw new SondeError('config', `${path}: ${(cause as Error).message}`, { cause });
  }
}

type Fields = Readonly<Record<string, unknown>>;

function objectOf(value: unknown, place: Place): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'it should be a map', value);
  return value as Fields;
}

function listOf(value: unknown, place: Place, max: number): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(place, 'it should be a list', value);
  if (value.length > max) throw wrong(place, `it should have at most ${max} entries`, value.length);
  return value;
}

function onlyKeys(fields: Fields, known: readonly string[], place: Place): void {
  const other = Object.keys(fields).find((key) => !known.includes(key));
  if (other !== undefined) throw wrong(place, `keys should be among ${known.join(', ')}`, other);
}

function numberOf(value: unknown, place: Place, max = Infinity): number {
  if (typeof value === 'number' && value >= 0 && value <= max) return value;
  throw wrong(
    place,
    max === Infinity ? 'param should be a number of at least 0' : `it should be a number from 0 to ${max}`,
    value,
  );
}

/** Jaeger's order: a strategy of all, then of operations; Sonde's rules go before both. */
function answerOf(value: unknown, place: Place): SamplingAnswer {
  const fields = objectOf(value, place);
  onlyKeys(fields, ['type', 'param', 'operation_strategies', 'rules'], place);
  const { type, param, operation_strategies: operations, rules } = fields;
  const strategy = strategyOf(type, param, place);
  return {
    ...strategy,
    ...(operations !== undefined && {
      operationSampling: {
        // A rate has no share: what Jaeger's own server answers for it.
        defaultSamplingProbability: strategy.probabilisticSampling?.samplingRate ?? 0.001,
        defaultLowerBoundTracesPerSecond: 0,
        perOperationStrategies: listOf(operations, place, listMax).map((each, i) =>
          operationOf(each, { where: `${place.where}.operation_strategies[${i}]` }),
        ),
      },
    }),
    ...(rules !== undefined && {
      rules: listOf(rules, place, listMax).map((rule, i) => ruleOf(rule, { where: `${place.where}.rules[${i}]` })),
    }),
  };
}

function strategyOf(type: unknown, param: unknown, place: Place): SamplingAnswer {
  if (type === 'probabilistic') {
    return { strategyType: 'PROBABILISTIC', probabilisticSampling: { samplingRate: numberOf(param, place, 1) } };
  }
  if (type === 'ratelimiting') {
    return { strategyType: 'RATE_LIMITING', rateLimitingSampling: { maxTracesPerSecond: numberOf(param, place) } };
  }
  if (type === undefined) return all;
  throw wrong(place, 'type should be probabilistic or ratelimiting', type);
}

function operationOf(value: unknown, place: Place) {
  const { operation, type, param } = objectOf(value, place);
  if (typeof operation !== 'string') throw wrong(place, 'operation should be a name', operation);
  if (type !== 'probabilistic') throw wrong(place, 'type of an operation should be probabilistic', type);
  return { operation, probabilisticSampling: { samplingRate: numberOf(param, place, 1) } };
}

const kinds: ReadonlySet<unknown> = new Set([undefined, 'internal', 'server', 'client', 'producer', 'consumer']);

/** A rule of the kit (instrument/src/trace/rule-sampler.ts). */
function ruleOf(value: unknown, place: Place): object {
  const rule = objectOf(value, place);
  onlyKeys(rule, ['name', 'kind', 'attributes', 'share'], place);
  numberOf(rule['share'], { where: `${place.where}.share` }, 1);
  if (rule['name'] !== undefined && typeof rule['name'] !== 'string') throw wrong(place, 'name should be text', rule['name']);
  if (!kinds.has(rule['kind'])) throw wrong(place, 'kind should be that of a span', rule['kind']);
  if (rule['attributes'] !== undefined) objectOf(rule['attributes'], { where: `${place.where}.attributes` });
  return rule;
}
