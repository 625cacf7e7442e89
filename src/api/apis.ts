/** The list of read APIs. */
import type { ReadApi } from './api.ts';
import { prometheus } from './prometheus/prometheus.ts';
import { sonde } from './sonde/sonde.ts';

export const apis: readonly ReadApi[] = [sonde, prometheus];
