/** What each scrape says about itself (Prometheus, "Automatically generated labels and time series"). */
import { labelPairs, labelsOf, metricName } from '../lang/labels.ts';
import type { Labels } from '../lang/labels.ts';
import type { ScrapeConfig } from './config.ts';

/** How a scrape went. */
export interface ScrapeFigures {
  readonly isUp: boolean;
  readonly durationMs: number;
  readonly scraped: number;
  readonly afterRelabeling: number;
  readonly added: number;
  /** Of the body after inflation; -1 when it was over its limit. */
  readonly bodyBytes: number;
}

interface ReportMetric {
  readonly name: string;
  /** Whether it is told only where `extra_scrape_metrics` asks for it. */
  readonly isExtra: boolean;
  readonly value: (figures: ScrapeFigures, config: ScrapeConfig, timeoutMs: number) => number;
}

const metrics: readonly ReportMetric[] = [
  { name: 'up', isExtra: false, value: ({ isUp }) => (isUp ? 1 : 0) },
  { name: 'scrape_duration_seconds', isExtra: false, value: ({ durationMs }) => durationMs / 1000 },
  { name: 'scrape_samples_scraped', isExtra: false, value: ({ scraped }) => scraped },
  { name: 'scrape_samples_post_metric_relabeling', isExtra: false, value: ({ afterRelabeling }) => afterRelabeling },
  { name: 'scrape_series_added', isExtra: false, value: ({ added }) => added },
  { name: 'scrape_timeout_seconds', isExtra: true, value: (_, __, timeoutMs) => timeoutMs / 1000 },
  { name: 'scrape_sample_limit', isExtra: true, value: (_, { limits }) => limits.samples },
  { name: 'scrape_body_size_bytes', isExtra: true, value: ({ bodyBytes }) => bodyBytes },
];

/** One series of the report of a target. */
export interface ReportSeries {
  readonly labels: Labels;
  readonly value: ReportMetric['value'];
}

export function reportSeries(config: ScrapeConfig, target: Labels): readonly ReportSeries[] {
  return metrics
    .filter(({ isExtra }) => config.extraMetrics || !isExtra)
    .map(({ name, value }) => ({ labels: labelsOf([...labelPairs(target), [metricName, name]]), value }));
}
