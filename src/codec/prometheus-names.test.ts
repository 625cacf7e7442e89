import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namings, prometheusLabelName, prometheusLabels, prometheusMetricName } from './prometheus-names.ts';
import type { NamedKind } from './prometheus-names.ts';

describe('the name of a metric', () => {
  const check = (rule: string, name: string, unit: string, kind: NamedKind, expected: string): void =>
    test(`a metric ${rule}`, () => expect(prometheusMetricName(name, unit, kind)).toBe(expected));

  check(
    'has underscores for what Prometheus does not take',
    'http.server/active-requests',
    '',
    'other',
    'http_server_active_requests',
  );
  check('has no two underscores in a row, and none at the ends', '..a__b..c_', '', 'other', 'a_b_c');
  check('keeps colons', 'job:up:sum', '', 'other', 'job:up:sum');
  check('keeps no letters but those of ASCII', 'größe', '', 'other', 'gr_e');
  check('does not begin with a digit', '3xx.count', '', 'other', '_3xx_count');
  check('is never empty', '…', '', 'other', '_');
  check('ends with the unit', 'http.server.request.duration', 's', 'other', 'http_server_request_duration_seconds');
  check('says bytes', 'process.memory.usage', 'By', 'other', 'process_memory_usage_bytes');
  check('says milliseconds', 'latency', 'ms', 'gauge', 'latency_milliseconds');
  check('has a unit that is not known as it is', 'speed', 'furlong', 'gauge', 'speed_furlong');
  check('has the unit once', 'wait_seconds', 's', 'gauge', 'wait_seconds');
  check('does not name what is counted', 'queue.length', '{message}', 'gauge', 'queue_length');
  check('says per what', 'disk.io', 'By/s', 'gauge', 'disk_io_bytes_per_second');
  check('says per what is not known', 'a', 'a/b', 'gauge', 'a_per_b');
  check('says only per what when things are counted', 'requests', '{request}/s', 'gauge', 'requests_per_second');
  check('does not say per which things', 'memory', 'By/{cpu}', 'gauge', 'memory_bytes');
  check('of a gauge without dimension is a ratio', 'cpu.utilization', '1', 'gauge', 'cpu_utilization_ratio');
  check('of anything else without dimension is none', 'items', '1', 'other', 'items');
  check('of a counter ends with total', 'http.requests', '{request}', 'counter', 'http_requests_total');
  check('of a counter has the unit before total', 'cpu.time', 's', 'counter', 'cpu_time_seconds_total');
  check('of a counter has total once, at the end', 'total.errors', '', 'counter', 'errors_total');
  test('is taken by Prometheus whatever it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string(),
        fc.constantFrom<NamedKind>('gauge', 'counter', 'other'),
        (name, unit, kind) => {
          expect(prometheusMetricName(name, unit, kind)).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
        },
      ),
    );
  });
});

describe('the name of a label', () => {
  const check = (rule: string, key: string, expected: string | undefined): void =>
    test(`a label ${rule}`, () => expect(prometheusLabelName(key)).toBe(expected));

  check('has underscores for what Prometheus does not take', 'http.request-method', 'http_request_method');
  check('keeps underscores in a row', 'a..b', 'a__b');
  check('does not begin with a digit', '2xx', 'key_2xx');
  check('does not begin with one underscore', '.hidden', 'key_hidden');
  check('may begin with two', '__x', '__x');
  check('is not made of nothing', '', undefined);
  check('is not made of underscores alone', '...', undefined);
  check('has one underscore for a character of two units', 'a😀b', 'a_b');
});

describe('labels', () => {
  const check = (rule: string, attributes: readonly [string, string][], expected: readonly [string, string][]): void =>
    test(`labels ${rule}`, () => expect([...prometheusLabels(attributes)]).toEqual(expected));

  check(
    'come by the order of the keys',
    [
      ['b', '2'],
      ['a', '1'],
    ],
    [
      ['a', '1'],
      ['b', '2'],
    ],
  );
  check(
    'of one name are joined in that order',
    [
      ['a_b', '2'],
      ['a.b', '1'],
    ],
    [['a_b', '1;2']],
  );
  check('do not name the metric', [['__name__', 'x']], []);
});

describe('by the other strategies', () => {
  const names = (name: string, unit: string, kind: NamedKind): (string | undefined)[] =>
    ['UnderscoreEscapingWithoutSuffixes', 'NoUTF8EscapingWithSuffixes', 'NoTranslation'].map((strategy) =>
      prometheusMetricName(name, unit, kind, namings.get(strategy)),
    );

  test.each<[name: string, unit: string, kind: NamedKind, plain: string, ended: string]>([
    ['http.server.duration', 's', 'other', 'http_server_duration', 'http.server.duration_seconds'],
    ['http.requests', '{request}', 'counter', 'http_requests', 'http.requests_total'],
    ['http.requests.total', '', 'counter', 'http_requests_total', 'http.requests_total'],
    ['cpu.time', 's', 'counter', 'cpu_time', 'cpu.time_seconds_total'],
    ['cpu.time.seconds.total', 's', 'counter', 'cpu_time_seconds_total', 'cpu.time.seconds_total'],
    ['cpu.utilization', '1', 'gauge', 'cpu_utilization', 'cpu.utilization_ratio'],
    ['disk.io', 'By/s', 'gauge', 'disk_io', 'disk.io_bytes_per_second'],
    ['disk.io.per_second', 'By/s', 'gauge', 'disk_io_per_second', 'disk.io_bytes_per_second'],
    ['total', '', 'counter', 'total', 'total_total'],
    ['a__b..c_', '', 'other', 'a__b_c_', 'a__b..c_'],
    ['2xx', '', 'other', '_2xx', '2xx'],
    ['größe', 'm', 'gauge', 'gr_e', 'größe_meters'],
  ])('%s in %j, %s', (name, unit, kind, plain, ended) => {
    expect(names(name, unit, kind)).toEqual([plain, ended, name]);
  });

  test('labels keep their keys', () => {
    const attributes = [
      ['http.route', '/'],
      ['http_route', '/x'],
      ['2xx', '1'],
      ['...', '2'],
      ['__', '3'],
    ] as const;
    expect(Object.fromEntries(prometheusLabels(attributes, namings.get('NoTranslation')))).toEqual({
      'http.route': '/',
      http_route: '/x',
      '2xx': '1',
      '...': '2',
    });
  });
});
