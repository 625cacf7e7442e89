/**
 * Sampling as a server says, asked again and again: `GET ENDPOINT?service=NAME`, answered in the JSON of Jaeger's remote sampling (Jaeger
 * documentation, "Remote sampling"; sampling.proto of jaeger-idl), and beside it in Sonde's rules, which go before. Until the first answer,
 * and when none comes, spans are kept as at first, or as said last.
 */
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { untraced } from './context.ts';
import { rateSampler } from './rate-sampler.ts';
import { ruleSampler } from './rule-sampler.ts';
import type { SamplingRule } from './rule-sampler.ts';
import { ratioSampler } from './sampling.ts';
import type { Sampler } from './sampling.ts';

export interface RemoteSamplerOptions {
  /** Such as `http://localhost:7070/sampling` of Sonde or `http://localhost:5778/sampling` of Jaeger. */
  readonly endpoint: string;
  /** A minute when absent. */
  readonly pollingIntervalMs?: number;
  /** The share that is kept before the first answer: 1 when absent. */
  readonly initialShare?: number;
}

const intervalMs = 60_000;
const timeoutMs = 10_000;
const answerBytesMax = 1 << 20;
/** Operations of one service at most: more is no answer of a person. */
const operationsMax = 2000;

/** Keeps spans as the server says for this service. It begins to ask when the kit starts, and never keeps the process alive. */
export function remoteSampler({ endpoint, pollingIntervalMs = intervalMs, initialShare = 1 }: RemoteSamplerOptions): Sampler {
  let current = ratioSampler(initialShare);
  let known = '';
  const ask = async (serviceName: string, warn: (message: string) => void): Promise<void> => {
    try {
      const url = new URL(endpoint);
      url.searchParams.set('service', serviceName);
      const text = await untraced(() => read(url));
      // A sampler that counts would begin anew.
      if (text !== known) current = samplerOf(JSON.parse(text));
      known = text;
    } catch (thrown) {
      warn(
        `sampling rules of ${endpoint}: ${thrown instanceof Error ? thrown.message : String(thrown)}; ${current.description} stays`,
      );
    }
  };
  return {
    get description() {
      return `Remote{${endpoint}, ${current.description}}`;
    },
    get usesAttributes() {
      return current.usesAttributes;
    },
    thresholdOf: (question) => current.thresholdOf(question),
    start(serviceName, warn) {
      const timer = setInterval(() => void ask(serviceName, warn), pollingIntervalMs).unref();
      void ask(serviceName, warn);
      return () => clearInterval(timer);
    },
  };
}

function read(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = (url.protocol === 'https:' ? httpsGet : httpGet)(url, { timeout: timeoutMs }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > answerBytesMax) asking.destroy(new Error(`an answer of more than ${answerBytesMax} bytes`));
      });
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve(text) : reject(new Error(`status ${answer.statusCode}: ${text.slice(0, 200)}`)),
      );
      answer.on('error', reject);
    });
    asking.on('socket', (socket) => socket.unref());
    asking.on('timeout', () => asking.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    asking.on('error', reject);
  });
}

interface Answer {
  readonly strategyType?: unknown;
  readonly probabilisticSampling?: { readonly samplingRate?: unknown };
  readonly rateLimitingSampling?: { readonly maxTracesPerSecond?: unknown };
  readonly operationSampling?: {
    readonly defaultSamplingProbability?: unknown;
    readonly defaultLowerBoundTracesPerSecond?: unknown;
    readonly perOperationStrategies?: readonly { operation?: unknown; probabilisticSampling?: { samplingRate?: unknown } }[];
  };
  readonly rules?: readonly SamplingRule[];
}

/** The sampler of an answer. Throws when it makes no sense. */
export function samplerOf(answer: unknown): Sampler {
  if (typeof answer !== 'object' || answer === null) throw new TypeError('an answer should be an object');
  const { operationSampling, rules, ...strategy } = answer as Answer;
  const otherwise = operationSampling == null ? ofService(strategy) : byOperation(operationSampling);
  if (rules == null) return otherwise;
  if (!Array.isArray(rules)) throw new TypeError('rules should be a list');
  return ruleSampler(rules, otherwise);
}

function ofService({ strategyType, probabilisticSampling, rateLimitingSampling }: Answer): Sampler {
  // Enums of protobuf come as names or as numbers.
  if (strategyType === 'RATE_LIMITING' || strategyType === 1) {
    return rateSampler(numberOf(rateLimitingSampling?.maxTracesPerSecond, 'maxTracesPerSecond'));
  }
  // What is 0 may be left out.
  return ratioSampler(shareOf(probabilisticSampling?.samplingRate ?? 0));
}

/** A share for each operation, and at least so many traces a second of each. */
function byOperation(sampling: NonNullable<Answer['operationSampling']>): Sampler {
  const { perOperationStrategies = [], defaultSamplingProbability = 0, defaultLowerBoundTracesPerSecond = 0 } = sampling;
  const lowerBound = numberOf(defaultLowerBoundTracesPerSecond, 'defaultLowerBoundTracesPerSecond');
  const operations = new Map<string, Sampler>();
  for (const { operation, probabilisticSampling } of perOperationStrategies.slice(0, operationsMax)) {
    const share = shareOf(probabilisticSampling?.samplingRate ?? 0);
    if (typeof operation === 'string') operations.set(operation, atLeast(ratioSampler(share), lowerBound));
  }
  const otherwise = atLeast(ratioSampler(shareOf(defaultSamplingProbability)), lowerBound);
  return {
    description: `Operations{${operations.size}}`,
    usesAttributes: false,
    thresholdOf: (question) => (operations.get(question.name) ?? otherwise).thresholdOf(question),
  };
}

/** Keeps what a sampler keeps, and about `perSecond` of what it is asked about: the lower of both thresholds, so that counts stay right. */
function atLeast(sampler: Sampler, perSecond: number): Sampler {
  if (perSecond === 0) return sampler;
  const rate = rateSampler(perSecond);
  return {
    ...sampler,
    thresholdOf(question) {
      const [own, least] = [sampler.thresholdOf(question), rate.thresholdOf(question)];
      return own === 'as the parent' || least === 'as the parent' ? own : Math.min(own, least);
    },
  };
}

function shareOf(value: unknown): number {
  const share = numberOf(value, 'a sampling rate');
  if (share > 1) throw new RangeError(`a sampling rate should be from 0 to 1, but is ${share}`);
  return share;
}

function numberOf(value: unknown, what: string): number {
  if (typeof value !== 'number' || !(value >= 0))
    throw new RangeError(`${what} should be a number of at least 0, but is ${JSON.stringify(value)}`);
  return value;
}
