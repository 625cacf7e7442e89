import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { kit } from './kit.ts';
import { readResource } from './resource.ts';

const folder = mkdtempSync(join(tmpdir(), 'instrument-resource-'));
const program = join(folder, 'shop/dist/deep/main.js');
const nameless = join(folder, 'shop/dist');

beforeAll(() => {
  mkdirSync(join(nameless, 'deep'), { recursive: true });
  mkdirSync(join(folder, 'broken'));
  writeFileSync(join(folder, 'package.json'), '{"name":"outermost","version":"9.9.9"}');
  writeFileSync(join(folder, 'shop/package.json'), '{"name":"shop","version":"1.2.3"}');
  writeFileSync(join(nameless, 'package.json'), '{"type":"module","version":"0.0.1"}');
  writeFileSync(join(folder, 'broken/package.json'), '{"name":');
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

type Named = [name: unknown, version: unknown];

function named(serviceName: string | undefined, of: string | undefined): Named {
  const { attributes } = readResource(serviceName, of);
  return [attributes['service.name'], attributes['service.version']];
}

describe('a resource', () => {
  function check(
    what: string,
    [of, variable, option]: [program: string, variable?: string | undefined, option?: string],
    expected: Named,
  ): void {
    test(`has a service that ${what}`, () => {
      vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', variable);
      vi.stubEnv('OTEL_SERVICE_NAME', undefined);
      expect(named(option, of)).toEqual(expected);
    });
  }

  check('is the nearest package above the program that has a name', [program], ['shop', '1.2.3']);
  check('is not that of a package file that cannot be read', [join(folder, 'broken/main.js')], ['outermost', '9.9.9']);
  check('is what the environment says before the package', [program, 'service.name=cart'], ['cart', '1.2.3']);
  check('has the version that the environment says', [program, 'service.version=2.0.0'], ['shop', '2.0.0']);
  check('may have a name in percents', [program, 'service.name=a%20b'], ['a b', '1.2.3']);
  check('is what the option says before all', [program, 'service.name=cart,service.version=2', 'till'], ['till', '2']);
  check('is the option’s, with no package at all', ['/main.js', undefined, 'till'], ['till', undefined]);
  check('has a name even when nothing says one', ['/main.js'], [expect.stringMatching(/^unknown_service:/), undefined]);
});

test('other attributes of the environment come along', () => {
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test,host.name=mine');
  expect(readResource(undefined, program).attributes).toMatchObject({
    'deployment.environment.name': 'test',
    'host.name': 'mine',
  });
});

test('a resource says what runs where, made by whom', () => {
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', undefined);
  const { attributes } = readResource('shop', program);
  expect(attributes).toMatchObject({
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'telemetry.sdk.name': kit.name,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': kit.version,
  });
  expect(attributes['os.type']).toMatch(/^(linux|darwin|windows|\w+bsd)$/);
  expect(attributes['host.arch']).not.toBe('x64');
});

test('a resource holds no arguments of the command', () => {
  expect(Object.keys(readResource('shop', program).attributes).filter((name) => /command|args/.test(name))).toEqual([]);
});

test('each instance has an id of its own', () => {
  const ids = [1, 2].map(() => readResource('shop', program).attributes['service.instance.id']);
  expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.any(String)]);
  expect(ids[0]).not.toBe(ids[1]);
});
