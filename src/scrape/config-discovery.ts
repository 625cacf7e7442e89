/** The keys of prometheus.yml that say where targets come from: `*_sd_configs`, as union by kind. */
import { clientConfig, clientFields, isWebUrl } from './config-client.ts';
import type { ClientConfig } from './config-client.ts';
import { count, filePath, list, mapOf, mapping, optional, positiveMs, refused, required, text, word } from './yaml.ts';
import type { Place } from './yaml.ts';

/** Targets that share labels. Addresses are HOST:PORT. */
export interface GroupConfig {
  readonly targets: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
}

export const dnsTypes = ['A', 'AAAA', 'MX', 'NS', 'SRV'] as const;
export type DnsType = (typeof dnsTypes)[number];

export type DiscoveryConfig =
  | { readonly kind: 'static'; readonly groups: readonly GroupConfig[] }
  /** Patterns may have `*` and `?` in the last part of their path. */
  | { readonly kind: 'file'; readonly patterns: readonly string[]; readonly refreshMs: number }
  | { readonly kind: 'http'; readonly url: string; readonly refreshMs: number; readonly client: ClientConfig }
  | {
      readonly kind: 'dns';
      readonly names: readonly string[];
      readonly type: DnsType;
      /** Of A, AAAA, MX and NS, which have none of their own. */
      readonly port: number;
      readonly refreshMs: number;
    };

const minuteMs = 60_000;

/** A target group, in configurations and in the files of file_sd. */
const group = mapping(
  { targets: required(list(address)), labels: optional(mapOf(text), new Map()) },
  ({ targets, labels }, place): GroupConfig => {
    for (const name of labels.keys()) if (name === '') place.fail(`${place.name}.labels expects names; got an empty one.`);
    return { targets, labels };
  },
);

/** The form of a file of file_sd. */
export const groups = list(group);

function address(place: Place): string {
  const given = text(place);
  if (given === '' || given.includes('/')) place.fail(`${place.name} expects HOST:PORT without scheme and path; got "${given}".`);
  return given;
}

const fileDiscovery = mapping(
  { files: required(list(filePath)), refresh_interval: optional(positiveMs, 5 * minuteMs) },
  ({ files, refresh_interval }, place): DiscoveryConfig => {
    if (files.length === 0) place.fail(`${place.name}.files expects at least one path.`);
    for (const pattern of files) if (!/^[^*?]*\/[^/]*\.(?:json|ya?ml)$/i.test(pattern)) failPattern(place, pattern);
    return { kind: 'file', patterns: files, refreshMs: refresh_interval };
  },
);

function failPattern(place: Place, pattern: string): never {
  return place.fail(
    `${place.name}.files expects paths that end in .json, .yml or .yaml, with * and ? in the last part only; got "${pattern}".`,
  );
}

const httpDiscovery = mapping(
  { url: required(text), refresh_interval: optional(positiveMs, minuteMs), ...clientFields },
  (keys, place): DiscoveryConfig => {
    if (!isWebUrl(keys.url)) place.fail(`${place.name}.url expects a URL with http or https; got "${keys.url}".`);
    return { kind: 'http', url: keys.url, refreshMs: keys.refresh_interval, client: clientConfig(keys, place) };
  },
);

const dnsDiscovery = mapping(
  {
    names: required(list(text)),
    type: optional(word(...dnsTypes), 'SRV'),
    port: optional(count, 0),
    refresh_interval: optional(positiveMs, minuteMs / 2),
  },
  ({ names, type, port, refresh_interval }, place): DiscoveryConfig => {
    if (names.length === 0) place.fail(`${place.name}.names expects at least one name.`);
    if (port > 65_535) place.fail(`${place.name}.port expects 1 to 65535; got ${port}.`);
    if (type !== 'SRV' && port === 0) place.fail(`${place.name} expects a port: records of type ${type} have none.`);
    return { kind: 'dns', names, type, port, refreshMs: refresh_interval };
  },
);

/** Kinds of discovery of Prometheus that Sonde does not have. */
const otherKinds = [
  'aws',
  'azure',
  'consul',
  'digitalocean',
  'docker',
  'dockerswarm',
  'ec2',
  'eureka',
  'gce',
  'hetzner',
  'ionos',
  'kubernetes',
  'kuma',
  'lightsail',
  'linode',
  'marathon',
  'nerve',
  'nomad',
  'openstack',
  'ovhcloud',
  'puppetdb',
  'scaleway',
  'serverset',
  'stackit',
  'triton',
  'uyuni',
  'vultr',
] as const;

type OtherKeys = Readonly<Record<`${(typeof otherKinds)[number]}_sd_configs`, ReturnType<typeof refused>>>;

const otherFields = Object.fromEntries(
  otherKinds.map((kind) => [
    `${kind}_sd_configs`,
    refused('Sonde finds targets by static_configs, file_sd_configs, http_sd_configs and dns_sd_configs.'),
  ]),
) as OtherKeys;

/** The fields of discovery, to be spread into the mapping that has them. */
export const discoveryFields = {
  static_configs: optional(list(group), []),
  file_sd_configs: optional(list(fileDiscovery), []),
  http_sd_configs: optional(list(httpDiscovery), []),
  dns_sd_configs: optional(list(dnsDiscovery), []),
  ...otherFields,
};

interface DiscoveryKeys {
  readonly static_configs: readonly GroupConfig[];
  readonly file_sd_configs: readonly DiscoveryConfig[];
  readonly http_sd_configs: readonly DiscoveryConfig[];
  readonly dns_sd_configs: readonly DiscoveryConfig[];
}

export function discoveryConfigs(keys: DiscoveryKeys): DiscoveryConfig[] {
  const fixed: DiscoveryConfig[] = keys.static_configs.length === 0 ? [] : [{ kind: 'static', groups: keys.static_configs }];
  return [...fixed, ...keys.file_sd_configs, ...keys.http_sd_configs, ...keys.dns_sd_configs];
}
