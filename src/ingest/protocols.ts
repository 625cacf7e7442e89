/** The list of write protocols. */
import { otlp } from './otlp/otlp.ts';
import { prometheus } from './prometheus/prometheus.ts';
import type { WriteProtocol } from './protocol.ts';
import { statsd } from './statsd/statsd.ts';

export const protocols: readonly WriteProtocol[] = [otlp, prometheus, statsd];
