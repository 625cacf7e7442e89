import { describe, expect, test } from 'vitest';
import { namings } from '../../codec/prometheus-names.ts';
import { baseNs, decodeBody, testContext, wire } from '../../../test/otlp/decode-request.ts';
import type { Message } from '../../../test/otlp/wire.ts';
import type { PrometheusTranslation } from '../protocol.ts';
import { usualTranslation } from './decode-prometheus-labels.ts';

const texts = (attributes: Readonly<Record<string, string>>): Message[] =>
  Object.entries(attributes).map(([key, text]) => ({ key, value: { string_value: text } }));

const resource = {
  'service.name': 'cart',
  'service.namespace': 'shop',
  'service.instance.id': 'a-1',
  'host.name': 'node-3',
  'k8s.pod.name': 'cart-0',
};

/** One counter with the point's attributes, and what its series and `target_info` are called. */
async function series(
  translation: Partial<PrometheusTranslation>,
  attributes: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const point = { time_unix_nano: baseNs, as_int: 5n, attributes: texts(attributes) };
  const metric = {
    name: 'http.requests',
    unit: 'By',
    sum: { data_points: [point], is_monotonic: true, aggregation_temporality: 2 },
  };
  const scope = { name: 'shop.http', version: '1.2', attributes: texts({ 'lib.kind': 'auto' }) };
  const scopeMetrics = { scope, schema_url: 'https://schema', metrics: [metric] };
  const body = wire('ExportMetricsServiceRequest', {
    resource_metrics: [{ resource: { attributes: texts(resource) }, scope_metrics: [scopeMetrics] }],
  });
  const context = { ...testContext, translation: { ...usualTranslation, ...translation } };
  const { rows } = await decodeBody('metrics', body, context);
  return (rows['series'] ?? []).map(({ name, labels }) => {
    const list = labels as readonly (readonly [string, string, string])[];
    return `${String(name)}{${list.map(([label, value]) => `${label}=${value}`).join(', ')}}`;
  });
}

const info = 'target_info{host_name=node-3, instance=a-1, job=shop/cart, k8s_pod_name=cart-0}';

describe('how Prometheus names what comes by OTLP', () => {
  test('by default: escaped, with endings, resources in target_info', async () => {
    expect(await series({}, { 'http.route': '/' })).toEqual([
      'http_requests_bytes_total{http_route=/, instance=a-1, job=shop/cart}',
      info,
    ]);
  });

  test('as they were sent', async () => {
    expect(await series({ naming: namings.get('NoTranslation')! }, { 'http.route': '/' })).toEqual([
      'http.requests{http.route=/, instance=a-1, job=shop/cart}',
      'target_info{host.name=node-3, instance=a-1, job=shop/cart, k8s.pod.name=cart-0}',
    ]);
  });

  test('attributes of resources are labels where a setting names them, and the point has none of that name', async () => {
    const promotes = { all: false, keys: new Set(['host.name', 'k8s.pod.name']), butKeys: new Set<string>() };
    expect(await series({ promotes }, { host_name: 'mine', k8s_pod_name: '' })).toEqual([
      'http_requests_bytes_total{host_name=mine, instance=a-1, job=shop/cart, k8s_pod_name=cart-0}',
      info,
    ]);
  });

  test('or all of them, but some', async () => {
    const promotes = { all: true, keys: new Set(['*']), butKeys: new Set(['k8s.pod.name', 'service.instance.id']) };
    expect(await series({ promotes })).toEqual([
      'http_requests_bytes_total{host_name=node-3, instance=a-1, job=shop/cart, service_name=cart, service_namespace=shop}',
      info,
    ]);
  });

  test('target_info says the name of the service too', async () => {
    expect((await series({ keepsIdentifying: true }))[1]).toBe(
      'target_info{host_name=node-3, instance=a-1, job=shop/cart, k8s_pod_name=cart-0, service_instance_id=a-1, service_name=cart, service_namespace=shop}',
    );
  });

  test('scopes are labels, before the attributes of points', async () => {
    expect(await series({ promotesScope: true }, { otel_scope_name: 'mine', otel_scope_lib_kind: 'mine' })).toEqual([
      'http_requests_bytes_total{instance=a-1, job=shop/cart, otel_scope_lib_kind=auto, otel_scope_name=shop.http, otel_scope_schema_url=https://schema, otel_scope_version=1.2}',
      info,
    ]);
  });
});
