/**
 * All metrics that Sonde has about itself. Names are as `promtool check metrics` wants them: base units, `_total` on counters and on
 * nothing else; help is a sentence.
 */
export interface SelfMetric {
  readonly kind: 'counter' | 'gauge';
  /** The last part of the name but for `_total`, when that is one. */
  readonly unit?: 'seconds' | 'bytes';
  readonly help: string;
}

export const selfMetrics = {
  sonde_build_info: { kind: 'gauge', help: 'Version of Sonde and of Node; always 1.' },
  process_start_time_seconds: { kind: 'gauge', unit: 'seconds', help: 'When the process started, Unix time.' },
  process_cpu_seconds_total: { kind: 'counter', unit: 'seconds', help: 'CPU time of the process, engine included.' },
  process_resident_memory_bytes: { kind: 'gauge', unit: 'bytes', help: 'Resident memory of the process, engine included.' },
  nodejs_heap_used_bytes: { kind: 'gauge', unit: 'bytes', help: 'Used JavaScript heap.' },
  sonde_event_loop_delay_seconds: {
    kind: 'gauge',
    unit: 'seconds',
    help: 'Delay of the event loop since the last read, by percentile.',
  },
  sonde_http_requests_total: { kind: 'counter', help: 'HTTP requests answered, by route and status.' },
  sonde_grpc_calls_total: { kind: 'counter', help: 'gRPC calls answered, by method and code.' },
  sonde_udp_datagrams_total: { kind: 'counter', help: 'Datagrams received, by protocol.' },
  sonde_udp_received_bytes_total: { kind: 'counter', unit: 'bytes', help: 'Bytes of datagrams received, by protocol.' },
  sonde_udp_dropped_datagrams_total: {
    kind: 'counter',
    help: 'Datagrams that the kernel dropped because they were not read in time; Linux only.',
  },
  sonde_udp_receive_buffer_bytes: { kind: 'gauge', unit: 'bytes', help: 'Room that the kernel gave for unread datagrams.' },
  sonde_statsd_lines_accepted_total: { kind: 'counter', help: 'Lines of StatsD that were added up, by type.' },
  sonde_statsd_lines_refused_total: { kind: 'counter', help: 'Lines of StatsD that were refused, by reason.' },
  sonde_statsd_series: { kind: 'gauge', help: 'Series of StatsD in memory.' },
  sonde_body_bytes_in_flight: { kind: 'gauge', help: 'Bytes of request bodies held now.' },
  sonde_requests_total: { kind: 'counter', help: 'Requests to store telemetry, by protocol, signal and outcome.' },
  sonde_requests_refused_total: { kind: 'counter', help: 'Requests to store telemetry that were refused whole, by reason.' },
  sonde_duplicate_requests_total: { kind: 'counter', help: 'Requests that had been stored before, and were answered alike.' },
  sonde_rows_accepted_total: { kind: 'counter', help: 'Spans, log records and points that were taken into a commit.' },
  sonde_rows_refused_total: { kind: 'counter', help: 'Spans, log records and points that were not stored, by reason.' },
  sonde_rows_stored_total: { kind: 'counter', help: 'Spans, log records and points that the engine has stored.' },
  sonde_commits_total: { kind: 'counter', help: 'Commits by outcome: stored, taken back, or given up.' },
  sonde_commit_seconds_total: { kind: 'counter', unit: 'seconds', help: 'Time that stored commits took the engine.' },
  sonde_commit_retries_total: { kind: 'counter', help: 'Statements of commits that failed and were tried again.' },
  sonde_commit_bytes_in_flight: { kind: 'gauge', help: 'Bytes of the commits that wait for the engine or are being stored.' },
  sonde_commits_in_flight: { kind: 'gauge', help: 'Commits that wait for the engine or are being stored.' },
  sonde_expired_rows_total: {
    kind: 'counter',
    help: 'Rows of metrics that were removed by retention-metrics-by-name, by table.',
  },
  sonde_downsampled_commits_total: { kind: 'counter', help: 'Commits whose points are in the coarser tables.' },
  sonde_recovery_commits_checked_total: { kind: 'counter', help: 'Commits that were looked at when Sonde started.' },
  sonde_recovery_commits_taken_back_total: {
    kind: 'counter',
    help: 'Commits that were found unfinished when Sonde started, and taken back.',
  },
  sonde_scrapes_total: { kind: 'counter', help: 'Scrapes of targets, by job and whether the target was up.' },
  sonde_scrape_targets: { kind: 'gauge', help: 'Targets that are scraped, by job.' },
  sonde_scrape_samples_left_out_total: { kind: 'counter', help: 'Samples of scrapes that were not stored, by job and reason.' },
  sonde_scrape_body_bytes_in_flight: { kind: 'gauge', help: 'Bytes of scraped bodies held now.' },
} as const satisfies Readonly<Record<string, SelfMetric>>;
