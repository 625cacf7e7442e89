/** Results of queries, point by point. */
import type { Labels } from '../../lang/labels.ts';
import type { Histogram } from '../histogram/histogram.ts';

export type Point =
  | { readonly timeMs: number; readonly value: number }
  | { readonly timeMs: number; readonly histogram: Histogram };

export type VectorSample = Point & { readonly labels: Labels };

export interface MatrixSeries {
  readonly labels: Labels;
  /** Times ascending. */
  readonly points: readonly Point[];
}
