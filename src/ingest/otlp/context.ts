import type { OldestTimes } from '../../model/metric-retention.ts';
import type { PrometheusTranslation } from '../protocol.ts';

/** What a decoder has to know besides the bytes: whose they are, and which times are taken. */
export interface DecodeContext extends OldestTimes {
  readonly tenant: string;
  /** The arrival, in Unix nanoseconds: the time of log records that carry none. */
  readonly nowNs: bigint;
  /** Rows with a time after this are refused: the sender's clock is wrong. */
  readonly newestNs: bigint;
  /** As Prometheus by default when undefined. */
  readonly translation?: PrometheusTranslation | undefined;
}
