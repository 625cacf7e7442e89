/**
 * The instruments of whatever meter provider there is. OpenTelemetry's API gives instruments that do nothing before one is set, and no
 * word when it is: so who has something to measure looks whether it is another one than before.
 */
import { metrics } from '@opentelemetry/api';
import type { BatchObservableCallback, Histogram, MeterProvider, Observable } from '@opentelemetry/api';
import { kit } from '../kit.ts';
import { counters, duration, gauges } from './metric-table.ts';
import { records } from './records.ts';

interface Bound {
  readonly provider: MeterProvider;
  readonly duration: Histogram;
  readonly unbind: () => void;
}

let bound: Bound | undefined;

/** Sees to it that the metrics of all policies are observed; gives the histogram of durations. */
export function bindInstruments(): Histogram {
  const provider = metrics.getMeterProvider();
  if (bound?.provider !== provider) {
    bound?.unbind();
    bound = bind(provider);
  }
  return bound.duration;
}

function bind(provider: MeterProvider): Bound {
  const meter = provider.getMeter(`${kit.name}/resilience`, kit.version);
  const observables = new Map<string, Observable>();
  for (const [name, options] of Object.entries(counters)) observables.set(name, meter.createObservableCounter(name, options));
  for (const [name, options] of Object.entries(gauges)) {
    // What is left of a budget does not add up over processes, all the others do.
    const isSum = name !== 'resilience.retry.budget.remaining';
    observables.set(
      name,
      isSum ? meter.createObservableUpDownCounter(name, options) : meter.createObservableGauge(name, options),
    );
  }
  const observe: BatchObservableCallback = (result) => {
    for (const record of records.all()) {
      for (const { name, value, attributes } of record.observations()) {
        const observable = observables.get(name);
        if (observable !== undefined) result.observe(observable, value, attributes);
      }
    }
  };
  const all = [...observables.values()];
  meter.addBatchObservableCallback(observe, all);
  const { name, unit, description, bounds } = duration;
  return {
    provider,
    duration: meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...bounds] } }),
    unbind: () => meter.removeBatchObservableCallback(observe, all),
  };
}
