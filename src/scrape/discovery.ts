/** Finds targets: starts the right discovery for each kind of configuration. */
import type { DiscoveryConfig } from './config-discovery.ts';
import { discoverNames } from './discovery-dns.ts';
import { discoverFiles } from './discovery-file.ts';
import { discoverOverHttp } from './discovery-http.ts';
import { toTargetGroup } from './target-groups.ts';
import type { GroupsListener, Running, ScrapeLog } from './target-groups.ts';

/** Gives `update` all groups of this discovery, now or soon, and again whenever they change. */
export function discover(config: DiscoveryConfig, update: GroupsListener, log: ScrapeLog): Running {
  switch (config.kind) {
    case 'static':
      update(config.groups.map((group, i) => toTargetGroup(group, String(i), [])));
      return { stop: () => undefined };
    case 'file':
      return discoverFiles(config, update, log);
    case 'http':
      return discoverOverHttp(config, update, log);
    case 'dns':
      return discoverNames(config, update, log);
  }
}
