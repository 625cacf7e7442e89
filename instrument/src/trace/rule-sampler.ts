/**
 * Sampling by rules: "every Produce, half of the rest". The first rule that fits says how many of its spans are kept; as shares are
 * thresholds on the trace's own random bits, what rules keep can be counted like anything else.
 */
import { SpanKind } from '@opentelemetry/api';
import type { AttributeValue } from '@opentelemetry/api';
import { thresholdOfShare } from './sampling.ts';
import type { SampleQuestion, Sampler } from './sampling.ts';

/** All that is given must fit. */
export interface SamplingRule {
  /** The span's name as it starts, such as `log.v1.Log/Produce` for gRPC and `GET` for HTTP; `*` stands for any letters. */
  readonly name?: string;
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Attributes that the span starts with; of texts, `*` stands for any letters: `{ 'url.path': '/api/*' }`. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** How many of its spans are kept: 0 to 1. */
  readonly share: number;
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Rules in order of their importance; `otherwise` decides for spans that none fits. Throws for a share that is none. */
export function ruleSampler(rules: readonly SamplingRule[], otherwise: Sampler): Sampler {
  const compiled = rules.map((rule) => {
    if (!(rule.share >= 0 && rule.share <= 1)) throw new RangeError(`a rule’s share should be from 0 to 1, but is ${rule.share}`);
    return { fits: fitting(rule), threshold: thresholdOfShare(rule.share) };
  });
  const useAttributes = rules.some(({ attributes }) => attributes !== undefined);
  return {
    get description() {
      return `Rules{${rules.length}, otherwise=${otherwise.description}}`;
    },
    get usesAttributes() {
      return useAttributes || otherwise.usesAttributes;
    },
    start: otherwise.start,
    thresholdOf(question) {
      return compiled.find(({ fits }) => fits(question))?.threshold ?? otherwise.thresholdOf(question);
    },
  };
}

function fitting({ name, kind, attributes = {} }: SamplingRule): (question: SampleQuestion) => boolean {
  const fitsName = name === undefined ? undefined : wildcard(name);
  const wanted = Object.entries(attributes).map(([key, value]) => {
    const fits = typeof value === 'string' ? wildcard(value) : undefined;
    return { key, fits: fits ?? ((given: unknown): boolean => JSON.stringify(given) === JSON.stringify(value)) };
  });
  return (question) =>
    (kind === undefined || question.kind === kinds[kind]) &&
    (fitsName === undefined || fitsName(question.name)) &&
    wanted.every(({ key, fits }) => fits(question.attributes[key]));
}

/** Matches a text with stars, in time that grows with the product of both lengths at worst. */
export function wildcard(pattern: string): (text: unknown) => boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return (text) => text === pattern;
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  const between = parts.slice(1, -1);
  return (text) => {
    if (typeof text !== 'string' || text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    let at = first.length;
    for (const part of between) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= text.length - last.length;
  };
}
