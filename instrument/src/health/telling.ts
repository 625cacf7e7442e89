/**
 * Health as telemetry, by OpenTelemetry's API:
 * - `health.check.status` and `health.status`: 1 for pass, 0.5 for warn, 0 for fail and out of service; of a check and of a group.
 *   One number, so that the least of several instances is the worst.
 * - `health.check.duration`: how long runs of a check took.
 * - `health.changed`: a log record for each change of a check or a group; `health.slow` when a check begins to take more than half
 *   of its time limit.
 */
import { ROOT_CONTEXT, metrics } from '@opentelemetry/api';
import type { Attributes, BatchObservableCallback, Histogram, Meter, MeterProvider, Observable } from '@opentelemetry/api';
import { SeverityNumber, logs } from '@opentelemetry/api-logs';
import type { LogRecord } from '@opentelemetry/api-logs';
import { kit } from '../kit.ts';
import type { CheckState } from './check-state.ts';
import { allGroup } from './service-health.ts';
import type { HealthChange, ServiceHealth } from './service-health.ts';
import type { Status } from './status.ts';

const scope = `${kit.name}/health`;

/** In seconds: a check is quick, or near its time limit. */
const durationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Tells of a service's health until it is stopped. */
export function tellHealth(health: ServiceHealth): void {
  const meters = new HealthMeters(health);
  const slow = new Set<string>();
  meters.follow();
  health.onChange((change) => {
    meters.follow();
    // The whole changes when a check or another group does, of which is told already.
    if (change.kind === 'check' || change.group !== allGroup) emit(changed(change));
  });
  health.onRun((check, timeoutMs) => {
    meters.follow();
    meters.ran(check);
    const isSlow = check.durationMs > timeoutMs / 2 && check.durationMs < timeoutMs;
    if (isSlow && !slow.has(check.name)) emit(slowed(check, timeoutMs));
    if (isSlow) slow.add(check.name);
    else slow.delete(check.name);
  });
  health.stopped.addEventListener('abort', () => meters.stop());
}

const values: Readonly<Record<Status, number>> = { pass: 1, warn: 0.5, 'out-of-service': 0, fail: 0 };

/**
 * Instruments of whichever provider of meters there is: OpenTelemetry's API gives what is made before a provider is there to
 * nobody, and health may be made before the kit starts.
 */
class HealthMeters {
  readonly #health: ServiceHealth;
  #provider: MeterProvider | undefined;
  #duration: Histogram | undefined;
  #unobserve: (() => void) | undefined;

  constructor(health: ServiceHealth) {
    this.#health = health;
  }

  follow(): void {
    const provider = metrics.getMeterProvider();
    if (provider === this.#provider || this.#health.stopped.aborted) return;
    this.stop();
    this.#provider = provider;
    const meter = provider.getMeter(scope, kit.version);
    this.#duration = meter.createHistogram('health.check.duration', {
      unit: 's',
      description: 'How long runs of health checks took.',
      advice: { explicitBucketBoundaries: durationBounds },
    });
    this.#unobserve = observe(meter, this.#health);
  }

  ran(check: CheckState): void {
    this.#duration?.record(
      check.durationMs / 1000,
      { ...attributesOf(check), 'health.check.result': check.status },
      ROOT_CONTEXT,
    );
  }

  stop(): void {
    this.#unobserve?.();
    this.#unobserve = undefined;
  }
}

function observe(meter: Meter, health: ServiceHealth): () => void {
  const check = meter.createObservableGauge('health.check.status', {
    unit: '1',
    description: 'What the last run of a health check found: 1 pass, 0.5 warn, 0 fail.',
  });
  const group = meter.createObservableGauge('health.status', {
    unit: '1',
    description: 'Health of a group of checks: 1 pass, 0.5 warn, 0 fail or out of service.',
  });
  const callback: BatchObservableCallback = (result) => {
    const { checks, groups } = health.known();
    for (const each of checks) result.observe(check, values[each.status], attributesOf(each));
    for (const [name, status] of groups) result.observe(group, values[status], { 'health.group': name });
  };
  const observed: Observable[] = [check, group];
  meter.addBatchObservableCallback(callback, observed);
  return () => meter.removeBatchObservableCallback(callback, observed);
}

function attributesOf({ name, isCritical }: CheckState): Attributes {
  return { 'health.check.name': name, 'health.check.critical': isCritical };
}

function emit(record: LogRecord): void {
  logs.getLogger(scope, kit.version).emit({ ...record, context: ROOT_CONTEXT });
}

const severities: Readonly<Record<Status, Pick<LogRecord, 'severityNumber' | 'severityText'>>> = {
  pass: { severityNumber: SeverityNumber.INFO, severityText: 'INFO' },
  warn: { severityNumber: SeverityNumber.WARN, severityText: 'WARN' },
  'out-of-service': { severityNumber: SeverityNumber.WARN, severityText: 'WARN' },
  fail: { severityNumber: SeverityNumber.ERROR, severityText: 'ERROR' },
};

function changed(change: HealthChange): LogRecord {
  const { from, to } = change;
  const fromTo = { 'health.from': from, 'health.to': to };
  if (change.kind === 'group') {
    return {
      eventName: 'health.changed',
      ...severities[to],
      body: `health of ${change.group}: ${from} → ${to}`,
      attributes: { 'health.group': change.group, ...fromTo },
    };
  }
  const { check } = change;
  return {
    eventName: 'health.changed',
    ...severities[to],
    body: `health check ${check.name}: ${from} → ${to}${check.output === undefined ? '' : `: ${check.output}`}`,
    attributes: {
      ...attributesOf(check),
      ...fromTo,
      ...(check.output !== undefined && { 'health.output': check.output }),
    },
  };
}

function slowed(check: CheckState, timeoutMs: number): LogRecord {
  return {
    eventName: 'health.slow',
    ...severities.warn,
    body: `health check ${check.name} took ${Math.round(check.durationMs)} ms of the ${timeoutMs} ms that it has`,
    attributes: { ...attributesOf(check), 'health.check.duration': check.durationMs / 1000 },
  };
}
