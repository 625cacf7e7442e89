/** How a trace crosses from one service to the next: the formats of OTEL_PROPAGATORS, by OpenTelemetry's propagators. */
import { createRequire } from 'node:module';
import type { TextMapPropagator } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import type { Extract } from './extract.ts';

interface Propagation {
  readonly propagator: TextMapPropagator;
  readonly extract: Extract;
}

type Module = Readonly<Record<string, new (config?: object) => TextMapPropagator>>;

const require = createRequire(import.meta.url);

/** Formats by name; those beside W3C's are loaded when they are asked for. */
const formats: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
  b3: () => made('@opentelemetry/propagator-b3', 'B3Propagator'),
  // B3InjectEncoding.MULTI_HEADER; both encodings are read in either case.
  b3multi: () => made('@opentelemetry/propagator-b3', 'B3Propagator', { injectEncoding: 1 }),
  jaeger: () => made('@opentelemetry/propagator-jaeger', 'JaegerPropagator'),
  xray: () => made('@opentelemetry/propagator-aws-xray', 'AWSXRayPropagator'),
};

/** All formats are written; of those that came, the last in the list that holds a trace is taken, as OpenTelemetry does. */
export function makePropagation(names: readonly string[], warn: (message: string) => void): Propagation {
  const wanted = names.filter((name) => name !== 'none');
  for (const name of wanted.filter((name) => !(name in formats))) {
    warn(`there is no propagator "${name}"; there are ${Object.keys(formats).join(', ')}`);
  }
  const known = wanted.filter((name) => name in formats);
  const propagator = new CompositePropagator({ propagators: known.flatMap((name) => formats[name]?.() ?? []) });
  const isPlain = known.includes('tracecontext') && known.every((name) => name === 'tracecontext' || name === 'baggage');
  return { propagator, extract: isPlain ? 'w3c' : propagator };
}

function made(name: string, exported: string, config?: object): TextMapPropagator {
  const propagator = (require(name) as Module)[exported];
  if (propagator === undefined) throw new Error(`impossible: ${name} has no ${exported}`);
  return new propagator(config);
}
