import { describe, expect, test } from 'vitest';
import type { Dialect } from './engine.ts';
import { createStatements, storedTables, ttl } from './schema.ts';

const dayMs = 86_400_000;
const retentionMs = { traces: 14 * dayMs, logs: 7 * dayMs, metrics: 30 * dayMs };
const alone: Dialect = { onCluster: '', cluster: undefined };
const cluster: Dialect = { onCluster: " ON CLUSTER 'main'", cluster: 'main' };

function statements(dialect: Dialect, knows: (setting: string) => boolean = () => true): string[] {
  return createStatements({ dialect, retentionMs, knows });
}

describe('on one server', () => {
  test('each table and each rollup is made once, then the views over it', () => {
    const made = statements(alone);
    expect(made.filter((text) => text.startsWith('CREATE TABLE'))).toHaveLength(storedTables.length + 4);
    expect(made.filter((text) => text.startsWith('CREATE MATERIALIZED VIEW'))).toHaveLength(4);
    expect(made.every((text) => text.includes('IF NOT EXISTS'))).toBe(true);
    expect(made.join('\n')).not.toMatch(/Replicated|Distributed|ON CLUSTER|_local/);
  });

  test('a table has its columns, order, days, expiry and indexes', () => {
    const spans = statements(alone).find((text) => text.startsWith('CREATE TABLE IF NOT EXISTS spans ')) ?? '';
    expect(spans).toContain("start_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1))");
    expect(spans).toContain('attributes Map(LowCardinality(String), String) CODEC(ZSTD(1))');
    expect(spans).toContain('attributes_types LowCardinality(String) CODEC(ZSTD(1))');
    expect(spans).toContain('INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1');
    expect(spans).toContain('ENGINE = MergeTree PARTITION BY toDate(start_time) ORDER BY (tenant, start_time)');
    expect(spans).toContain(
      'TTL toDateTime(start_time) + toIntervalSecond(1209600) SETTINGS index_granularity = 1024, min_compress_block_size = 16384, ttl_only_drop_parts = 1',
    );
  });

  test('settings that the engine does not know are left out', () => {
    const made = statements(alone, (setting) => setting === 'ttl_only_drop_parts').join('\n');
    expect(made).toContain('SETTINGS ttl_only_drop_parts = 1');
    expect(made).not.toContain('materialize_ttl_recalculate_only');
  });
});

describe('on a cluster', () => {
  const made = statements(cluster);

  test('rows lie in replicated tables behind distributed ones of the same columns', () => {
    const spans = made.filter((text) => /\bspans(_local)? ON CLUSTER/.test(text));
    expect(spans).toHaveLength(2);
    expect(spans[0]).toMatch(
      /^CREATE TABLE IF NOT EXISTS spans_local ON CLUSTER 'main' \(.* ENGINE = ReplicatedMergeTree PARTITION/s,
    );
    expect(spans[1]).toBe(
      "CREATE TABLE IF NOT EXISTS spans ON CLUSTER 'main' AS spans_local ENGINE = Distributed('main', currentDatabase(), spans_local, cityHash64(trace_id))",
    );
    expect(made.filter((text) => text.includes('Distributed('))).toHaveLength(storedTables.length + 4);
    expect(made.filter((text) => text.startsWith('CREATE'))).toHaveLength(made.length);
    expect(made.every((text) => text.includes("ON CLUSTER 'main'"))).toBe(true);
  });

  test('views fill the rollups of their own shard', () => {
    const view = made.find((text) => text.includes('traces_view')) ?? '';
    expect(view).toContain("traces_view ON CLUSTER 'main' TO traces_local AS SELECT");
    expect(view).toContain(' FROM spans_local');
  });

  test('a row has its place; a series and its points, a trace and its spans lie on one shard', () => {
    const shardKeys = Object.fromEntries(
      made.flatMap((text) =>
        [...text.matchAll(/EXISTS (\w+) .*Distributed\(.*_local, (.*)\)$/g)].map(([, name, key]) => [name, key]),
      ),
    );
    expect(shardKeys).toMatchObject({
      series: 'id',
      samples: 'series_id',
      histograms: 'series_id',
      native_histograms: 'series_id',
      metric_metadata: 'id',
      spans: 'cityHash64(trace_id)',
      span_events: 'cityHash64(trace_id)',
      resources: 'id',
      traces: 'cityHash64(trace_id)',
      logs: 'cityHash64(tenant, service, time)',
      commits: 'cityHash64(writer)',
    });
  });
});

test('each retention has its seconds', () => {
  const seconds = (retention: Parameters<typeof ttl>[1]): string => ttl('t', retention, retentionMs);
  expect(seconds('logs')).toBe('toDateTime(t) + toIntervalSecond(604800)');
  expect(seconds('longest')).toBe('toDateTime(t) + toIntervalSecond(2592000)');
  const long = ttl('t', 'metrics', { ...retentionMs, metrics: 200 * 365 * dayMs });
  expect(long).toBe('toDateTime(t) + toIntervalSecond(2207520000)');
  expect(seconds('week')).toBe('toDateTime(t) + toIntervalSecond(604800)');
});
