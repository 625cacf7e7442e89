import { describe, expect, test } from 'vitest';
import type { Route } from '../base/http.ts';
import { createRouter } from './router.ts';

function route(method: Route['method'], path: string): Route {
  return {
    method,
    path,
    doc: path,
    listeners: ['main'],
    handle: async () => ({ status: 200 }),
    renderError: () => ({ status: 500 }),
  };
}

const router = createRouter([
  route('GET', '/api/logs'),
  route('POST', '/v1/traces'),
  route('GET', '/api/traces/{traceId}'),
  route('GET', '/api/metrics/{name}'),
  route('GET', '/api/metrics/{name}/points'),
  route('GET', '/open/{rest...}'),
  route('POST', '/open/{rest...}'),
  route('GET', '/open/{name}/end'),
  route('GET', '/open/exact'),
]);

describe('router', () => {
  test('finds exact paths and reads segments', () => {
    expect(router.find('GET', '/api/logs')).toMatchObject({ params: {} });
    expect(router.find('GET', '/api/traces/abc')).toMatchObject({ params: { traceId: 'abc' } });
    expect(router.find('GET', '/api/metrics/http.server%2Fduration/points')).toMatchObject({
      route: { path: '/api/metrics/{name}/points' },
      params: { name: 'http.server/duration' },
    });
  });

  test('answers HEAD with GET', () => {
    expect(router.find('HEAD', '/api/logs')).toMatchObject({ route: { method: 'GET' } });
  });

  test('says which methods a path takes', () => {
    expect(router.find('GET', '/v1/traces')).toMatchObject({ allowed: ['POST'] });
    expect(router.find('DELETE', '/api/traces/abc')).toMatchObject({ allowed: ['GET'] });
  });

  test('gives what nothing else fits to paths with an open end, any method', () => {
    expect(router.find('POST', '/open/a/b%2F')).toMatchObject({ route: { method: 'POST' }, params: { rest: 'a/b%2F' } });
    expect(router.find('GET', '/open/')).toMatchObject({ params: { rest: '' } });
    expect(router.find('GET', '/open/a/end')).toMatchObject({ route: { path: '/open/{name}/end' } });
    expect(router.find('POST', '/open/a/end')).toMatchObject({ allowed: ['GET'] });
    expect(router.find('POST', '/open/exact')).toMatchObject({ allowed: ['GET'] });
    expect(router.find('PUT', '/open/a')).toMatchObject({ allowed: ['GET', 'POST'] });
    expect(router.find('GET', '/open')).toBeUndefined();
  });

  test.each(['/', '/api', '/api/traces', '/api/traces/', '/api/traces/a/b', '/api/traces/%zz', '/api/logs/'])(
    'knows nothing of %s',
    (path) => {
      expect(router.find('GET', path)).toBeUndefined();
    },
  );
});
