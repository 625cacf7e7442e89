/**
 * What Sonde takes of prometheus.yml (configuration reference of Prometheus 3): `global` and `scrape_configs`. A key that is not
 * known, or that Sonde does not support, is an error with its line and column; none is ignored. Sections about rules, alerting
 * and remote storage may be there when they say nothing, as in the file that Prometheus comes with.
 */
import { SondeError } from '../base/errors.ts';
import { expositionFormats } from '../codec/exposition/exposition.ts';
import type { ExpositionFormat } from '../codec/exposition/exposition.ts';
import { labelsOf } from '../lang/labels.ts';
import type { Labels } from '../lang/labels.ts';
import { clientConfig, clientFields } from './config-client.ts';
import type { ClientConfig } from './config-client.ts';
import { discoveryConfigs, discoveryFields } from './config-discovery.ts';
import type { DiscoveryConfig } from './config-discovery.ts';
import { relabelActions, toRelabelRule } from './relabel.ts';
import type { NameScheme, RelabelRule } from './relabel.ts';
import {
  count,
  durationMs,
  flag,
  list,
  mapOf,
  mapping,
  number,
  optional,
  positiveMs,
  readYaml,
  refused,
  required,
  sizeBytes,
  text,
  word,
} from './yaml.ts';
import type { Place, Values } from './yaml.ts';

/** How names that are not of letters, digits and underscores are asked for (`escaping=` of the Accept header). */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

/** Bounds of one scrape or one pool; 0 is none. */
export interface ScrapeLimits {
  /** Of a body after inflation. */
  readonly bodyBytes: number;
  /** Samples of a scrape after metric relabeling. */
  readonly samples: number;
  /** Targets of a pool. */
  readonly targets: number;
  /** Of a series, and of its labels' names and values in bytes. */
  readonly labels: number;
  readonly labelNameBytes: number;
  readonly labelValueBytes: number;
  /** Dropped targets of a pool that are kept to be shown. */
  readonly keptDroppedTargets: number;
  /** Buckets of a native histogram: one with more is made coarser. */
  readonly buckets: number;
  /** A native histogram whose buckets grow by less is made coarser. */
  readonly bucketFactor: number;
}

/** One job: what is scraped, how, and what becomes of it. */
export interface ScrapeConfig {
  readonly jobName: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly scheme: 'http' | 'https';
  readonly metricsPath: string;
  readonly params: ReadonlyMap<string, readonly string[]>;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  /** What is asked for, the favourite first. */
  readonly protocols: readonly ExpositionFormat[];
  /** Of a body whose Content-Type says nothing; without it the scrape fails. */
  readonly fallbackProtocol: ExpositionFormat | undefined;
  readonly nativeHistograms: boolean;
  readonly classicHistograms: boolean;
  readonly compression: boolean;
  readonly names: NameScheme;
  readonly escaping: EscapingScheme;
  /** Whether a scrape also tells its timeout, sample limit and body size. */
  readonly extraMetrics: boolean;
  readonly limits: ScrapeLimits;
  readonly client: ClientConfig;
  readonly discoveries: readonly DiscoveryConfig[];
  readonly relabelRules: readonly RelabelRule[];
  readonly metricRelabelRules: readonly RelabelRule[];
}

export interface ScrapeFile {
  /** Labels that tell this Prometheus from others where series leave it: federation. */
  readonly externalLabels: Labels;
  readonly scrapeConfigs: readonly ScrapeConfig[];
}

const scrapeProtocol = word(...expositionFormats);
const protocols = list(scrapeProtocol);
const nameScheme = word('utf8', 'legacy');
const escapingScheme = word('allow-utf-8', 'underscores', 'dots', 'values');
const textProtocols: readonly ExpositionFormat[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
];
const failureLog = refused('failures of scrapes are in the log of Sonde.');

/** Keys that stand in `global` and in each job, which takes over what it does not have itself. */
const sharedFields = {
  scrape_protocols: optional(protocols),
  scrape_native_histograms: optional(flag),
  always_scrape_classic_histograms: optional(flag),
  convert_classic_histograms_to_nhcb: optional((place: Place) => {
    if (flag(place)) place.fail(`${place.name} is not supported: classic histograms are stored as they come.`);
    return undefined;
  }),
  metric_name_validation_scheme: optional(nameScheme),
  metric_name_escaping_scheme: optional(escapingScheme),
  extra_scrape_metrics: optional(flag),
  body_size_limit: optional(sizeBytes),
  sample_limit: optional(count),
  target_limit: optional(count),
  label_limit: optional(count),
  label_name_length_limit: optional(count),
  label_value_length_limit: optional(count),
  keep_dropped_targets: optional(count),
  scrape_failure_log_file: failureLog,
};

const globalFields = {
  ...sharedFields,
  scrape_interval: optional(positiveMs, 60_000),
  scrape_timeout: optional(positiveMs),
  /** Of rules, which are refused below: they would be all that it changes. */
  evaluation_interval: optional(positiveMs),
  rule_query_offset: optional(durationMs),
  external_labels: optional(mapOf(externalLabel), new Map()),
  query_log_file: refused('queries are not logged to a file.'),
};

type GlobalKeys = Values<typeof globalFields>;

const global = mapping(globalFields, (keys, place): GlobalKeys => {
  if (keys.scrape_timeout !== undefined && keys.scrape_timeout > keys.scrape_interval)
    place.fail(`${place.name}.scrape_timeout expects at most scrape_interval.`);
  return keys;
});

function externalLabel(place: Place): string {
  const value = text(place);
  if (value.includes('$')) place.fail(`${place.name} holds a dollar sign: variables of the environment are not filled in.`);
  return value;
}

const relabelRule = mapping(
  {
    action: optional(word(...relabelActions), 'replace'),
    source_labels: optional(list(text)),
    separator: optional(text),
    target_label: optional(text),
    regex: optional(text),
    modulus: optional(count),
    replacement: optional(text),
  },
  // Which names are allowed is said elsewhere in the job, perhaps further down.
  (keys, place) =>
    (names: NameScheme): RelabelRule => {
      try {
        return toRelabelRule(
          {
            action: keys.action,
            sourceLabels: keys.source_labels,
            separator: keys.separator,
            targetLabel: keys.target_label,
            regex: keys.regex,
            modulus: keys.modulus,
            replacement: keys.replacement,
          },
          names,
        );
      } catch (thrown) {
        return thrown instanceof SondeError ? place.fail(thrown.message) : unexpected(thrown);
      }
    },
);

function unexpected(thrown: unknown): never {
  throw thrown;
}

const jobFields = {
  ...sharedFields,
  ...clientFields,
  ...discoveryFields,
  job_name: required(text),
  scrape_interval: optional(positiveMs),
  scrape_timeout: optional(positiveMs),
  scheme: optional(word('http', 'https'), 'http'),
  metrics_path: optional(text, '/metrics'),
  params: optional(mapOf(list(text)), new Map()),
  honor_labels: optional(flag, false),
  honor_timestamps: optional(flag, true),
  track_timestamps_staleness: optional(flag, false),
  fallback_scrape_protocol: optional(scrapeProtocol),
  enable_compression: optional(flag, true),
  native_histogram_bucket_limit: optional(count, 0),
  native_histogram_min_bucket_factor: optional(number, 0),
  relabel_configs: optional(list(relabelRule), []),
  metric_relabel_configs: optional(list(relabelRule), []),
};

/** A job that awaits what it takes over from `global`. */
const job = mapping(jobFields, (keys, place) => ({
  place,
  jobName: keys.job_name,
  toConfig: (globals: GlobalKeys) => toScrapeConfig(keys, globals, place),
}));

function toScrapeConfig(keys: Values<typeof jobFields>, globals: GlobalKeys, place: Place): ScrapeConfig {
  if (keys.job_name === '') place.fail(`${place.name}.job_name expects a name; got an empty one.`);
  const intervalMs = keys.scrape_interval ?? globals.scrape_interval;
  const timeoutMs = keys.scrape_timeout ?? Math.min(globals.scrape_timeout ?? 10_000, intervalMs);
  if (timeoutMs > intervalMs) place.fail(`${place.name}.scrape_timeout expects at most its scrape_interval.`);
  const names = keys.metric_name_validation_scheme ?? globals.metric_name_validation_scheme ?? 'utf8';
  const escaping = keys.metric_name_escaping_scheme ?? globals.metric_name_escaping_scheme;
  if (names === 'legacy' && escaping === 'allow-utf-8')
    place.fail(`${place.name}: names in UTF-8 can not be asked for where metric_name_validation_scheme is legacy.`);
  const nativeHistograms = keys.scrape_native_histograms ?? globals.scrape_native_histograms ?? false;
  return {
    jobName: keys.job_name,
    intervalMs,
    timeoutMs,
    scheme: keys.scheme,
    metricsPath: keys.metrics_path,
    params: keys.params,
    honorLabels: keys.honor_labels,
    honorTimestamps: keys.honor_timestamps,
    trackTimestampsStaleness: keys.track_timestamps_staleness,
    protocols: protocolsOf(keys.scrape_protocols ?? globals.scrape_protocols, nativeHistograms, place),
    fallbackProtocol: keys.fallback_scrape_protocol,
    nativeHistograms,
    classicHistograms: keys.always_scrape_classic_histograms ?? globals.always_scrape_classic_histograms ?? false,
    compression: keys.enable_compression,
    names,
    escaping: escaping ?? (names === 'legacy' ? 'underscores' : 'allow-utf-8'),
    extraMetrics: keys.extra_scrape_metrics ?? globals.extra_scrape_metrics ?? false,
    limits: limitsOf(keys, globals),
    client: clientConfig(keys, place),
    discoveries: discoveryConfigs(keys),
    relabelRules: keys.relabel_configs.map((rule) => rule(names)),
    metricRelabelRules: keys.metric_relabel_configs.map((rule) => rule(names)),
  };
}

function protocolsOf(
  given: readonly ExpositionFormat[] | undefined,
  nativeHistograms: boolean,
  place: Place,
): readonly ExpositionFormat[] {
  // Native histograms travel in protobuf alone.
  if (given === undefined) return nativeHistograms ? ['PrometheusProto', ...textProtocols] : textProtocols;
  if (given.length === 0) place.fail(`${place.name}.scrape_protocols expects at least one protocol.`);
  if (new Set(given).size < given.length) place.fail(`${place.name}.scrape_protocols names a protocol twice.`);
  return given;
}

function limitsOf(keys: Values<typeof jobFields>, globals: GlobalKeys): ScrapeLimits {
  return {
    bodyBytes: keys.body_size_limit ?? globals.body_size_limit ?? 0,
    samples: keys.sample_limit ?? globals.sample_limit ?? 0,
    targets: keys.target_limit ?? globals.target_limit ?? 0,
    labels: keys.label_limit ?? globals.label_limit ?? 0,
    labelNameBytes: keys.label_name_length_limit ?? globals.label_name_length_limit ?? 0,
    labelValueBytes: keys.label_value_length_limit ?? globals.label_value_length_limit ?? 0,
    keptDroppedTargets: keys.keep_dropped_targets ?? globals.keep_dropped_targets ?? 0,
    buckets: keys.native_histogram_bucket_limit,
    bucketFactor: keys.native_histogram_min_bucket_factor,
  };
}

const notHere = 'Sonde reads global and scrape_configs of this file.';

const file = mapping(
  {
    global: optional(global),
    scrape_configs: optional(list(job), []),
    scrape_config_files: refused('write the jobs into scrape_configs.'),
    rule_files: refused(notHere),
    alerting: refused(notHere),
    remote_write: refused(notHere),
    remote_read: refused(notHere),
    storage: refused(notHere),
    tracing: refused(notHere),
    otlp: refused(notHere),
    runtime: refused(notHere),
  },
  (keys, place): ScrapeFile => {
    const globals = keys.global ?? global({ ...place, node: null });
    const seen = new Set<string>();
    const scrapeConfigs = keys.scrape_configs.map(({ place: jobPlace, jobName, toConfig }) => {
      if (seen.has(jobName)) jobPlace.fail(`scrape_configs has the job_name "${jobName}" twice.`);
      seen.add(jobName);
      return toConfig(globals);
    });
    return { externalLabels: labelsOf(globals.external_labels), scrapeConfigs };
  },
);

/** Reads prometheus.yml; relative paths in it start at its folder. Throws `config`: file, line, column, what was expected. */
export function readScrapeConfig(yaml: string, path: string): ScrapeFile {
  return readYaml(yaml, path, file);
}
