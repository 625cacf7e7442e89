/**
 * Metrics: OpenTelemetry's SDK for the instruments of the application and of libraries, and the kit's own distributions beside it.
 * Both are collected together and leave in one request.
 */
import type { MeterProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider as SdkMeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { writeMetric } from '../otlp/metric.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Scope } from '../trace/span.ts';
import { Distribution } from './distribution.ts';
import type { DistributionSpec } from './distribution.ts';

/** Whether points count from the start, or from the last export: OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE. */
export type Temporality = 'cumulative' | 'delta' | 'lowmemory';

export interface MetersOptions {
  readonly telemetry: Telemetry;
  readonly resource: Resource;
  readonly intervalMs: number;
  readonly temporality: Temporality;
}

class PulledReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

export class Meters {
  readonly provider: MeterProvider;
  readonly #options: MetersOptions;
  readonly #reader: PulledReader;
  readonly #sdk: SdkMeterProvider;
  readonly #scopes = new Map<string, Scope>();
  readonly #distributions: { readonly scope: Scope; readonly distribution: Distribution }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(options: MetersOptions) {
    this.#options = options;
    this.#reader = new PulledReader({ aggregationTemporalitySelector: (type) => temporalityOf(type, options.temporality) });
    this.#sdk = new SdkMeterProvider({ resource: options.resource, readers: [this.#reader] });
    this.provider = this.#sdk;
    this.#timer = setInterval(() => void this.collect(), options.intervalMs).unref();
  }

  /** A histogram for the path of requests, exported with all others. */
  distribution(scope: Scope, spec: DistributionSpec): Distribution {
    const distribution = new Distribution(spec);
    this.#distributions.push({ scope, distribution });
    return distribution;
  }

  /** Takes all metrics as they are now into a request. */
  async collect(): Promise<void> {
    const { resourceMetrics } = await this.#reader.collect();
    this.#write(resourceMetrics);
  }

  /** As the process exits: the distributions, and the SDK's metrics if they need no waiting. */
  collectAtExit(): void {
    let isDone = false;
    void this.collect().then(() => (isDone = true));
    // Promises that wait for nothing but each other are settled by this; Node offers it for such ends of the event loop.
    (process as { _tickCallback?: () => void })._tickCallback?.();
    if (!isDone) this.#write({ resource: this.#options.resource, scopeMetrics: [] });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #write({ scopeMetrics }: ResourceMetrics): void {
    const { telemetry, temporality } = this.#options;
    for (const { scope, metrics } of scopeMetrics) {
      if (metrics.length === 0) continue;
      telemetry.write('metrics', this.#scopeOf(scope.name, scope.version ?? '', scope.schemaUrl ?? ''), (writer) => {
        for (const metric of metrics) writeMetric(writer, metric);
      });
    }
    const isDelta = temporality !== 'cumulative';
    for (const { scope, distribution } of this.#distributions) {
      if (!distribution.isEmpty) telemetry.write('metrics', scope, (writer) => distribution.write(writer, isDelta));
    }
    telemetry.cut('metrics');
  }

  #scopeOf(name: string, version: string, schemaUrl: string): Scope {
    const key = JSON.stringify([name, version, schemaUrl]);
    const scope = this.#scopes.get(key) ?? { name, version, schemaUrl };
    this.#scopes.set(key, scope);
    return scope;
  }
}

/** OTLP exporter specification, "Temporality preference": up-down counters always count from the start. */
function temporalityOf(type: InstrumentType, preference: Temporality): AggregationTemporality {
  const isDelta =
    preference !== 'cumulative' &&
    (type === InstrumentType.COUNTER ||
      type === InstrumentType.HISTOGRAM ||
      (type === InstrumentType.OBSERVABLE_COUNTER && preference === 'delta'));
  return isDelta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
}
