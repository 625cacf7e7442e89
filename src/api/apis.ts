/** The list of read APIs. */
import type { ReadApi } from './api.ts';

export const apis: readonly ReadApi[] = [];
