/**
 * Targets from DNS (`dns_sd_configs`): one group for each name. A name that does not exist, or has no records of the type, has no
 * targets; a look-up that fails keeps those it had. Names are asked for as they are, without the search list of resolv.conf.
 */
import { Resolver } from 'node:dns/promises';
import { labelsOf } from '../lang/labels.ts';
import type { Labels } from '../lang/labels.ts';
import type { DiscoveryConfig } from './config-discovery.ts';
import { refreshEvery } from './refresh.ts';
import type { GroupsListener, Running, ScrapeLog, TargetGroup } from './target-groups.ts';

type DnsDiscovery = Extract<DiscoveryConfig, { kind: 'dns' }>;

const answerTimeoutMs = 5000;

/** `servers`: HOST:PORT of name servers in place of the system's. */
export function discoverNames(
  config: DnsDiscovery,
  update: GroupsListener,
  log: ScrapeLog,
  servers: readonly string[] = [],
): Running {
  const { names, refreshMs } = config;
  const resolver = new Resolver({ timeout: answerTimeoutMs, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  const known = new Map<string, TargetGroup>();
  const lookUp = async (name: string): Promise<void> => {
    try {
      known.set(name, { source: name, labels: [], targets: await targetsOf(resolver, name, config) });
    } catch (thrown) {
      log.warn('look-up of targets failed', { name, type: config.type, error: (thrown as Error).message });
    }
  };
  const refresh = refreshEvery(
    async (signal) => {
      await Promise.all(names.map(lookUp));
      if (!signal.aborted) update([...known.values()]);
    },
    { intervalMs: refreshMs, what: `names ${names.join(', ')}`, log },
  );
  return {
    stop: () => {
      refresh.stop();
      resolver.cancel();
    },
  };
}

const none: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA']);

async function targetsOf(resolver: Resolver, name: string, config: DnsDiscovery): Promise<Labels[]> {
  try {
    return await records(resolver, name, config);
  } catch (thrown) {
    if (none.has((thrown as NodeJS.ErrnoException).code)) return [];
    throw thrown;
  }
}

async function records(resolver: Resolver, name: string, { type, port }: DnsDiscovery): Promise<Labels[]> {
  const target = (host: string, itsPort: number, meta: readonly [string, string][] = []): Labels =>
    labelsOf([['__address__', hostAndPort(host, itsPort)], ['__meta_dns_name', name], ...meta]);
  switch (type) {
    case 'A':
      return (await resolver.resolve4(name)).map((address) => target(address, port));
    case 'AAAA':
      return (await resolver.resolve6(name)).map((address) => target(address, port));
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ exchange }) =>
        target(exchange, port, [['__meta_dns_mx_record_target', rooted(exchange)]]),
      );
    case 'NS':
      return (await resolver.resolveNs(name)).map((host) => target(host, port, [['__meta_dns_ns_record_target', rooted(host)]]));
    case 'SRV':
      return (await resolver.resolveSrv(name)).map(({ name: host, port: itsPort }) =>
        target(host, itsPort, [
          ['__meta_dns_srv_record_target', rooted(host)],
          ['__meta_dns_srv_record_port', String(itsPort)],
        ]),
      );
  }
}

function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** As Prometheus has it: with the dot of the root. */
function rooted(host: string): string {
  return host.endsWith('.') ? host : `${host}.`;
}
