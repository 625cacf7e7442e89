import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { readConfig } from './config.ts';
import { flagOf, settings, variableOf } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

function file(text: string): string {
  const path = join(folder, 'sonde.yaml');
  writeFileSync(path, text);
  return path;
}

const read = (flags: Record<string, string>): ReturnType<typeof readConfig> => readConfig(new Map(Object.entries(flags)));

describe('settings', () => {
  test('every default is valid', () => {
    expect(read({})).toMatchObject({
      listen: { host: '127.0.0.1', port: 7070 },
      otlpGrpc: { host: '127.0.0.1', port: 4317 },
      bodyBytes: 64 * 2 ** 20,
      retentionTraces: 14 * 86_400_000,
      insecureListen: false,
      allowedHosts: [],
    });
  });

  test('a flag beats the environment, which beats the file, which beats the default', () => {
    const path = file('query-time: 1s\nquery-memory: 1MiB\nbody-bytes: 1k\n');
    vi.stubEnv('SONDE_QUERY_TIME', '2s');
    vi.stubEnv('SONDE_QUERY_MEMORY', '2MiB');
    const config = read({ config: path, 'query-time': '3s' });
    expect([config.queryTime, config.queryMemory, config.bodyBytes]).toEqual([3000, 2 * 2 ** 20, 1000]);
  });

  test('the file may nest by dashes and list', () => {
    const path = file('retention:\n  logs: 1d\n  traces: 2d\nallowed:\n  hosts: [a.lan, b.lan]\n');
    expect(read({ config: path })).toMatchObject({ retentionLogs: 86_400_000, allowedHosts: ['a.lan', 'b.lan'] });
  });

  test('the environment may name the file', () => {
    vi.stubEnv('SONDE_CONFIG', file('query-time: 7s'));
    expect(read({}).queryTime).toBe(7000);
  });

  test.each([
    [{ 'query-time': 'soon' }, '--query-time expects a duration such as 30s or 14d; got "soon".'],
    [{ 'query-time': '0' }, '--query-time expects'],
    [{ listen: 'localhost' }, '--listen expects HOST:PORT; got "localhost".'],
    [{ listen: 'localhost:99999' }, '--listen expects HOST:PORT'],
    [{ 'body-bytes': '5 bananas' }, '--body-bytes expects a size such as 64MiB'],
    [{ 'insecure-listen': 'maybe' }, '--insecure-listen expects true or false'],
    [{ 'commits-in-flight': '0' }, '--commits-in-flight expects a whole number above 0'],
    [{ speed: '1' }, 'There is no flag "--speed".'],
  ])('%o is refused with what was expected', (flags, message) => {
    expect(() => read(flags as Record<string, string>)).toThrow(message);
  });

  test('an unknown name, a wrong form or no file at all is refused by name', () => {
    expect(() => read({ config: file('speed: 1') })).toThrow('There is no setting in');
    expect(() => read({ config: file('[1, 2') })).toThrow('Can not read the settings file');
    expect(() => read({ config: file('just text') })).toThrow('expects a map of settings');
    expect(() => read({ config: join(folder, 'none.yaml') })).toThrow('Can not read the settings file');
    vi.stubEnv('SONDE_BODY_BYTES', 'x');
    expect(() => read({})).toThrow('SONDE_BODY_BYTES expects');
  });

  test('names', () => {
    expect([flagOf('otlpHttp'), variableOf('otlpHttp')]).toEqual(['otlp-http', 'SONDE_OTLP_HTTP']);
  });

  test('addresses may be IPv6', () => {
    expect(read({ listen: '[::1]:80' }).listen).toEqual({ host: '::1', port: 80 });
  });

  test('an optional address is null when nothing is said', () => {
    expect([read({}).statsd, read({ statsd: '' }).statsd]).toEqual([null, null]);
    expect(read({ statsd: 'localhost:8125' }).statsd).toEqual({ host: 'localhost', port: 8125 });
    expect(() => read({ statsd: 'off' })).toThrow('--statsd expects HOST:PORT or nothing; got "off".');
  });

  test('every setting has a meaning', () => {
    for (const { doc } of Object.values(settings)) expect(doc).toMatch(/^[A-Z].*\.$/);
  });
});
