/**
 * Which spans are recorded. As OpenTelemetry's consistent probability sampling has it (specification, "TraceState: Probability
 * Sampling"), a sampler says how rare it wants spans to be, as a threshold of 56 bits, and a span is kept when the trace's own random
 * 56 bits reach it. So services with different shares agree on the traces that they keep, and `th` in the tracestate tells whoever
 * counts spans for how many each stands: one in (2^56 - th) / 2^56.
 */
import type { Attributes, SpanKind } from '@opentelemetry/api';
import type { ParentIds } from './span.ts';

/** What a sampler sees of a span that is about to start. */
export interface SampleQuestion {
  readonly parent: ParentIds | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** Keeps all. */
export const keepAll = 0;
/** Above every threshold: keeps none. */
export const keepNone = 2 ** 56;

/** How a span is sampled. */
export interface Sampler {
  /** Said in logs and in the telemetry about the kit. */
  readonly description: string;
  /** Whether it looks at attributes: gathering them for nothing would cost every request. */
  readonly usesAttributes: boolean;
  /** A threshold, 0 to 2^56, or what the parent decided, as it is. */
  readonly thresholdOf: (question: SampleQuestion) => number | 'as the parent';
  /** Begins what it needs besides being asked, when the kit starts; returns what ends that. */
  readonly start?: ((serviceName: string, warn: (message: string) => void) => () => void) | undefined;
}

export const alwaysOn: Sampler = { description: 'AlwaysOn', usesAttributes: false, thresholdOf: () => keepAll };
export const alwaysOff: Sampler = { description: 'AlwaysOff', usesAttributes: false, thresholdOf: () => keepNone };

/** Keeps a share of all traces, 0 to 1: the same ones everywhere. */
export function ratioSampler(share: number): Sampler {
  const threshold = thresholdOfShare(share);
  return { description: `Ratio{${share}}`, usesAttributes: false, thresholdOf: () => threshold };
}

/** What has a parent is kept as it was; a root as `root` decides. */
export function parentBased(root: Sampler): Sampler {
  return {
    get description() {
      return `ParentBased{root=${root.description}}`;
    },
    get usesAttributes() {
      return root.usesAttributes;
    },
    thresholdOf: (question) => (question.parent === undefined ? root.thresholdOf(question) : 'as the parent'),
    start: root.start,
  };
}

/**
 * The threshold that keeps a share of traces. Cut to 20 significant bits after its leading ones, as the specification advises, so that
 * its text is short.
 */
export function thresholdOfShare(share: number): number {
  if (!(share > 0)) return keepNone;
  if (share >= 1) return keepAll;
  const kept = Math.round(share * 2 ** 56);
  const unit = 2 ** Math.max(3, Math.floor(Math.log2(kept)) - 20);
  return keepNone - Math.max(1, Math.round(kept / unit)) * unit;
}

/** The random bits of a trace id: its last 56, the lowest three of which do not count, as a double has no room for them. */
export function randomnessOf(trace2: number, trace3: number): number {
  return (trace2 & 0xff_ffff) * 4_294_967_296 + ((trace3 & ~7) >>> 0);
}

const maxHexDigits = 14;
/** Members of a tracestate (W3C Trace Context, section 3.3.1.1); the oldest are at its end. */
const membersMax = 32;

/** The `th` of a threshold: hexadecimal without the zeros at its end. */
export function thresholdText(threshold: number): string {
  // 2^56 as a number of 14 digits is more than a double counts by ones; thresholds are multiples of 8.
  const high = Math.floor(threshold / 2 ** 28);
  const digits = high.toString(16).padStart(7, '0') + (threshold % 2 ** 28).toString(16).padStart(7, '0');
  return digits.replace(/0+$/, '') || '0';
}

/** A number from 14 hexadecimal digits or fewer, which stand at the left; undefined for anything else. */
function fraction56(text: string): number | undefined {
  if (!/^[0-9a-f]{1,14}$/.test(text)) return undefined;
  const digits = text.padEnd(maxHexDigits, '0');
  // A double has no room for the lowest three bits: they are cut, as those of a trace id are.
  return Number.parseInt(digits.slice(0, 7), 16) * 2 ** 28 + (Number.parseInt(digits.slice(7), 16) & ~7);
}

/** OpenTelemetry's own member of a tracestate: `ot=th:…;rv:…`. */
export interface OtelState {
  /** The threshold that was applied before, if it is known. */
  readonly threshold: number | undefined;
  /** Random bits that count in place of those of the trace id. */
  readonly randomness: number | undefined;
  /** What else it holds, as it was. */
  readonly rest: readonly string[];
  /** The members of others, as they were. */
  readonly others: readonly string[];
}

export function readTraceState(text: string): OtelState {
  const members = text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
  const own = members.find((member) => member.startsWith('ot='))?.slice(3) ?? '';
  const fields = own.split(';').filter((field) => field !== '');
  const field = (name: string): string | undefined => fields.find((each) => each.startsWith(`${name}:`))?.slice(name.length + 1);
  const rv = field('rv');
  return {
    threshold: fraction56(field('th') ?? ''),
    randomness: rv?.length === maxHexDigits ? fraction56(rv) : undefined,
    rest: fields.filter((each) => !each.startsWith('th:')),
    others: members.filter((member) => !member.startsWith('ot=')),
  };
}

/** The tracestate with another `th`; without one when `threshold` is undefined. */
export function writeTraceState({ rest, others }: OtelState, threshold: number | undefined): string {
  const fields = threshold === undefined ? rest : [`th:${thresholdText(threshold)}`, ...rest];
  const own = fields.length === 0 ? [] : [`ot=${fields.join(';')}`];
  return [...own, ...others].slice(0, membersMax).join(',');
}

/** What becomes of a span: whether it is kept, and the tracestate that it and its children carry. */
export interface Decision {
  readonly isSampled: boolean;
  readonly traceState: string;
}

/** Applies a sampler to a span of the trace with these last words. */
export function decide(sampler: Sampler, question: SampleQuestion, trace2: number, trace3: number): Decision {
  const { parent } = question;
  const threshold = sampler.thresholdOf(question);
  if (threshold === 'as the parent') {
    return parent === undefined ? dropped : { isSampled: parent.isSampled, traceState: parent.traceState };
  }
  if (parent === undefined || parent.traceState === '') {
    if (threshold >= keepNone || randomnessOf(trace2, trace3) < threshold) return dropped;
    return keptAt(threshold);
  }
  const state = readTraceState(parent.traceState);
  const isSampled = threshold < keepNone && (state.randomness ?? randomnessOf(trace2, trace3)) >= threshold;
  return { isSampled, traceState: writeTraceState(state, isSampled ? threshold : undefined) };
}

const dropped: Decision = { isSampled: false, traceState: '' };

/** The last decision of a root: a sampler with one share makes the same one again and again. */
let lastKept = { threshold: -1, decision: dropped };

function keptAt(threshold: number): Decision {
  if (lastKept.threshold !== threshold) {
    lastKept = { threshold, decision: { isSampled: true, traceState: `ot=th:${thresholdText(threshold)}` } };
  }
  return lastKept.decision;
}
