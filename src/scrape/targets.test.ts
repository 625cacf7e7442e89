import { describe, expect, test } from 'vitest';
import { labelPairs, labelsOf } from '../lang/labels.ts';
import { readScrapeConfig } from './config.ts';
import type { ScrapeConfig } from './config.ts';
import { toTargetGroup } from './target-groups.ts';
import { findTargets } from './targets.ts';

function job(lines: string): ScrapeConfig {
  return readScrapeConfig(`scrape_configs: [{ job_name: j, ${lines} }]`, '/p.yml').scrapeConfigs[0]!;
}

function found(lines: string, addresses: readonly string[] = ['a:1'], labels: Readonly<Record<string, string>> = {}) {
  const group = toTargetGroup({ targets: addresses, labels: new Map(Object.entries(labels)) }, 'g', []);
  return findTargets(job(lines), [group]);
}

/** Address and labels of the only target that a job makes of `a:1`. */
function check(
  name: string,
  lines: string,
  group: Record<string, string>,
  expected: { url: string; labels: Record<string, string> },
) {
  test(`a target has ${name}`, () => {
    const [target] = found(lines, ['a:1'], group).targets;
    expect({ url: target?.url.href, labels: Object.fromEntries(labelPairs(target?.labels ?? [])) }).toEqual(expected);
  });
}

const plain = { job: 'j', instance: 'a:1' };
const rule = (text: string): string => `relabel_configs: [${text}]`;

check('the defaults of its job', '', {}, { url: 'http://a:1/metrics', labels: plain });
check(
  'labels of its group',
  '',
  { zone: 'eu', __x: 'hidden', __meta_y: 'z' },
  {
    url: 'http://a:1/metrics',
    labels: { ...plain, zone: 'eu' },
  },
);
check(
  'the job and path that its group says',
  '',
  { job: 'other', __metrics_path__: '/m' },
  {
    url: 'http://a:1/m',
    labels: { ...plain, job: 'other' },
  },
);
check(
  'the scheme, path and parameters of its job',
  'scheme: https, metrics_path: /m, params: { b: [x, y], a: ["1 2"] }',
  {},
  {
    url: 'https://a:1/m?a=1+2&b=x&b=y',
    labels: plain,
  },
);
check(
  'the address, scheme, path and parameters that rules say',
  `params: { b: [x, y] }, ${rule(
    '{ target_label: __address__, replacement: "h:2" }, { target_label: __scheme__, replacement: https }, ' +
      '{ target_label: __metrics_path__, replacement: /p }, { target_label: __param_b, replacement: z }, { target_label: __param_c, replacement: w }',
  )}`,
  {},
  { url: 'https://h:2/p?b=z&b=y&c=w', labels: { job: 'j', instance: 'h:2' } },
);
check(
  'the instance that a rule says',
  rule('{ target_label: instance, replacement: me }'),
  {},
  {
    url: 'http://a:1/metrics',
    labels: { job: 'j', instance: 'me' },
  },
);
check(
  'a query that is part of the path',
  'metrics_path: "/m?x=1", params: { y: ["2"] }',
  {},
  {
    url: 'http://a:1/m?x=1&y=2',
    labels: plain,
  },
);

test('rules see where a target was found, and how it is to be asked', () => {
  const { targets } = found('params: { q: [v] }', ['a:1'], { __meta_zone: 'eu' });
  expect(targets[0]?.discovered).toEqual(
    labelsOf([
      ['__address__', 'a:1'],
      ['__meta_zone', 'eu'],
      ['__metrics_path__', '/metrics'],
      ['__param_q', 'v'],
      ['__scheme__', 'http'],
      ['__scrape_interval__', '1m'],
      ['__scrape_timeout__', '10s'],
      ['job', 'j'],
    ]),
  );
});

test('interval and timeout may come from labels', () => {
  const { targets } = found('', ['a:1'], { __scrape_interval__: '1m30s', __scrape_timeout__: '500ms' });
  expect(targets).toMatchObject([{ intervalMs: 90_000, timeoutMs: 500 }]);
});

test('targets that come out the same are one', () => {
  const same = rule('{ target_label: __address__, replacement: "h:2" }');
  expect(found(same, ['a:1', 'b:2', 'b:2']).targets).toHaveLength(1);
  expect(found('', ['a:1', 'b:2', 'b:2']).targets).toHaveLength(2);
});

test('targets that rules drop are counted, and shown up to the limit', () => {
  const { targets, dropped, droppedCount } = found(
    `keep_dropped_targets: 2, ${rule('{ action: keep, source_labels: [__address__], regex: "a.*" }')}`,
    ['a:1', 'b:1', 'b:2', 'b:3'],
  );
  expect(targets).toHaveLength(1);
  expect(droppedCount).toBe(3);
  expect(dropped.map((labels) => labels[labels.indexOf('__address__') + 1])).toEqual(['b:1', 'b:2']);
});

describe('labels make no target', () => {
  const refuses = (address: string, labels: Record<string, string>, fault: string): void =>
    test(`${address} ${JSON.stringify(labels)}`, () => {
      const { targets, faults } = found('', [address], labels);
      expect({ targets, faults }).toEqual({ targets: [], faults: [expect.stringContaining(fault)] });
    });
  refuses('', {}, 'a target has no __address__');
  refuses('http://a', {}, '__address__ expects HOST:PORT; got "http://a"');
  refuses('user@a:1', {}, '__address__ expects HOST:PORT');
  refuses('a:99999', {}, '__address__ expects HOST:PORT');
  refuses('a:1', { __scheme__: 'ftp' }, '__scheme__ expects http or https; got "ftp"');
  refuses('a:1', { __scrape_interval__: 'soon' }, '__scrape_interval__ expects a duration');
  refuses('a:1', { __scrape_interval__: '0s' }, '__scrape_interval__ expects a duration');
  refuses('a:1', { __scrape_interval__: '1s', __scrape_timeout__: '2s' }, '__scrape_timeout__ expects a duration');
});
