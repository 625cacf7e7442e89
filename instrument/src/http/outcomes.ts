/**
 * How requests end: all of one route, method and status end alike. What is told of each of them is made once: the series that measures
 * them, the name and attributes of their spans.
 */
import type { LineKind } from '../log/logger.ts';
import { seriesMax } from '../metric/distribution.ts';
import type { Distribution, DistributionSeries } from '../metric/distribution.ts';
import { sharedAttributes } from '../otlp/span.ts';
import type { SharedAttributes, SpanLimits } from '../trace/span.ts';
import { spanNameOf } from './methods.ts';

/** What requests that end alike have in common. */
export interface Ended {
  readonly route: string | undefined;
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Of the protocol: `1.1`. */
  readonly version: string;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly errorType: string | undefined;
}

export interface Outcome extends Ended {
  readonly series: DistributionSeries;
  /** What is said of it on spans, in metrics and on lines. */
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Of spans that have no name of the application. */
  readonly spanName: string;
  readonly ofSpans: SharedAttributes;
  /** Of its log lines; made when there is the first. */
  line: LineKind | undefined;
}

/** Kept at most: routes of an application that have what was asked for in them must not fill the memory. */
const outcomesMax = seriesMax;

export class Outcomes {
  readonly #duration: Distribution;
  readonly #limits: SpanLimits;
  /** By route, by method, and by all else as a number, so that no text is made for each request. */
  readonly #known = new Map<string | undefined, Map<string, Map<number, Outcome>>>();
  #count = 0;

  constructor(duration: Distribution, limits: SpanLimits) {
    this.#duration = duration;
    this.#limits = limits;
  }

  /** Without an answer (status 0) a request was aborted. */
  of(ended: Omit<Ended, 'errorType'>): Outcome {
    const { route, method, scheme, version, status } = ended;
    const key = (status * 2 + (scheme === 'https' ? 1 : 0)) * 2 + (version === '1.0' ? 1 : 0);
    const known = this.#known.get(route)?.get(method)?.get(key);
    if (known !== undefined) return known;
    const outcome = this.#make({ ...ended, errorType: errorTypeOf(status) });
    if (this.#count++ < outcomesMax) inner(inner(this.#known, route), method).set(key, outcome);
    return outcome;
  }

  #make(ended: Ended): Outcome {
    const { route, method, scheme, version, status, errorType } = ended;
    const name = spanNameOf(method);
    const attributes = {
      'http.request.method': method,
      ...(route !== undefined && { 'http.route': route }),
      ...(status !== 0 && { 'http.response.status_code': status }),
      ...(errorType !== undefined && { 'error.type': errorType }),
    };
    return {
      ...ended,
      attributes,
      series: this.#duration.series({ ...attributes, 'url.scheme': scheme, 'network.protocol.version': version }),
      spanName: route === undefined ? name : `${name} ${route}`,
      ofSpans: sharedAttributes(Object.entries(attributes).flat(), this.#limits),
      line: undefined,
    };
  }
}

/** An answer below 500 is how a service refuses, and no failure of its own. */
function errorTypeOf(status: number): string | undefined {
  if (status === 0) return 'aborted';
  return status >= 500 ? String(status) : undefined;
}

function inner<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let found = map.get(key);
  if (found === undefined) {
    found = new Map();
    map.set(key, found);
  }
  return found;
}
