/**
 * Targets from an HTTP server (`http_sd_configs`): a JSON list of groups with status 200 and the Content-Type application/json,
 * asked for at intervals. What is not that keeps the last groups.
 */
import { SondeError } from '../base/errors.ts';
import type { DiscoveryConfig } from './config-discovery.ts';
import { HttpClient } from './http-client.ts';
import { refreshEvery } from './refresh.ts';
import { parseGroups, toTargetGroup } from './target-groups.ts';
import type { GroupsListener, Running, ScrapeLog } from './target-groups.ts';

type HttpDiscovery = Extract<DiscoveryConfig, { kind: 'http' }>;

const answerBytesMax = 32 * 1024 * 1024;
const answerTimeoutMs = 30_000;

export function discoverOverHttp(config: HttpDiscovery, update: GroupsListener, log: ScrapeLog): Running {
  const { url, refreshMs } = config;
  const client = new HttpClient(config.client);
  const ask = async (signal: AbortSignal): Promise<void> => {
    const { contentType, body } = await client.get({
      url: new URL(url),
      headers: { accept: 'application/json', 'x-prometheus-refresh-interval-seconds': String(refreshMs / 1000) },
      compression: true,
      timeoutMs: answerTimeoutMs,
      bodyBytesMax: answerBytesMax,
      bodyBytesExpected: 0,
      signal,
    });
    if (!/^application\/json\s*(?:;|$)/i.test(contentType ?? ''))
      throw new SondeError('unsupported_encoding', `${url} expects to answer application/json; got ${contentType ?? 'nothing'}.`);
    const groups = parseGroups(new TextDecoder().decode(body), url);
    if (!signal.aborted) update(groups.map((group, i) => toTargetGroup(group, `${url}:${i}`, [['__meta_url', url]])));
  };
  const refresh = refreshEvery(ask, { intervalMs: refreshMs, what: url, log });
  return {
    stop: () => {
      refresh.stop();
      client.close();
    },
  };
}
