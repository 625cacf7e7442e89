/** What became of the kit's own requests: whoever misses telemetry sees whether the kit gave it up. */
import type { MeterProvider } from '@opentelemetry/api';
import { kit } from '../kit.ts';
import type { Telemetry } from '../telemetry.ts';

const outcomes = { sent: 'sent', refused: 'refused', givenUp: 'given_up' } as const;

/** Measures the requests to the backend; returns what ends that. */
export function watchOwn(meterProvider: MeterProvider, telemetry: Telemetry): () => void {
  const requests = meterProvider.getMeter(`${kit.name}/own`, kit.version).createObservableCounter('sonde.instrument.requests', {
    unit: '{request}',
    description: 'Requests of telemetry: taken by the backend, refused by it, or given up while it was away.',
  });
  const observe: Parameters<typeof requests.addCallback>[0] = (result) => {
    for (const [signal, counts] of telemetry.counts()) {
      for (const [name, outcome] of Object.entries(outcomes)) {
        const count = counts[name as keyof typeof outcomes];
        if (count > 0) result.observe(count, { 'telemetry.signal': signal, outcome });
      }
    }
  };
  requests.addCallback(observe);
  return () => requests.removeCallback(observe);
}
