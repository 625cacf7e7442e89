import { describe, expect, test } from 'vitest';
import { readScrapeConfig } from './config.ts';
import type { ScrapeConfig } from './config.ts';

const read = (yaml: string) => readScrapeConfig(yaml, '/etc/prometheus.yml');

/** The only job of a file, from the lines below `job_name`. */
function job(lines: string, global = ''): ScrapeConfig {
  const indented = lines
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  const [config] = read(`${global}\nscrape_configs:\n  - job_name: j\n${indented}\n`).scrapeConfigs;
  return config!;
}

const refusal = (message: string) => expect.objectContaining({ code: 'config', message: expect.stringContaining(message) });

describe('prometheus.yml', () => {
  test('as it comes with Prometheus is taken', () => {
    const file = read(`
global:
  scrape_interval: 15s # Every 15 seconds.
  evaluation_interval: 15s
alerting:
  alertmanagers:
    - static_configs:
        - targets:
rule_files:
  # - "first_rules.yml"
scrape_configs:
  - job_name: "prometheus"
    static_configs:
      - targets: ["localhost:9090"]
        labels:
          app: "prometheus"
`);
    expect(file.scrapeConfigs).toMatchObject([
      {
        jobName: 'prometheus',
        intervalMs: 15_000,
        timeoutMs: 10_000,
        metricsPath: '/metrics',
        scheme: 'http',
        honorLabels: false,
        honorTimestamps: true,
        compression: true,
        names: 'utf8',
        escaping: 'allow-utf-8',
        discoveries: [{ kind: 'static', groups: [{ targets: ['localhost:9090'], labels: new Map([['app', 'prometheus']]) }] }],
      },
    ]);
  });
  test('may be empty', () => expect(read('')).toEqual({ externalLabels: [], scrapeConfigs: [] }));
  test('may use aliases and merge keys', () => {
    const file = read(`
scrape_configs:
  - &base { job_name: a, scrape_interval: 5s, scrape_timeout: 2s, params: { match: &m [x, y] } }
  - <<: *base
    job_name: b
    scrape_interval: 7s
    params: { other: *m }
`);
    expect(file.scrapeConfigs.map(({ jobName, intervalMs, timeoutMs }) => [jobName, intervalMs, timeoutMs])).toEqual([
      ['a', 5000, 2000],
      ['b', 7000, 2000],
    ]);
    expect(file.scrapeConfigs[1]?.params.get('other')).toEqual(['x', 'y']);
  });
});

describe('a job', () => {
  test('takes from global what it does not say', () => {
    const global = 'global: { scrape_interval: 20s, scrape_timeout: 4s, sample_limit: 5, body_size_limit: 2MB, label_limit: 3 }';
    expect(job('sample_limit: 9\nbody_size_limit: 1KB', global)).toMatchObject({
      intervalMs: 20_000,
      timeoutMs: 4000,
      limits: { samples: 9, bodyBytes: 1024, labels: 3 },
    });
    expect(job('scrape_interval: 3s', global.replace('4s', '3s'))).toMatchObject({ intervalMs: 3000, timeoutMs: 3000 });
    expect(job('scrape_interval: 2s')).toMatchObject({ intervalMs: 2000, timeoutMs: 2000 });
  });
  test('asks for native histograms in protobuf', () => {
    expect(job('').protocols[0]).toBe('OpenMetricsText1.0.0');
    expect(job('scrape_native_histograms: true').protocols[0]).toBe('PrometheusProto');
    expect(job('scrape_protocols: [PrometheusText0.0.4]').protocols).toEqual(['PrometheusText0.0.4']);
  });
  test('asks for escaped names under the legacy scheme', () => {
    expect(job('metric_name_validation_scheme: legacy').escaping).toBe('underscores');
    expect(job('metric_name_escaping_scheme: dots').escaping).toBe('dots');
  });
  test('says who asks and whom it trusts', () => {
    expect(job('basic_auth: { username: u, password_file: secret }').client.credentials).toEqual({
      kind: 'basic',
      username: { kind: 'text', text: 'u' },
      password: { kind: 'file', path: '/etc/secret' },
    });
    expect(job('authorization: { credentials: t }').client.credentials).toMatchObject({ kind: 'token', type: 'Bearer' });
    expect(job('bearer_token_file: /run/token').client.credentials).toMatchObject({
      token: { kind: 'file', path: '/run/token' },
    });
    expect(job('tls_config: { ca_file: ca.pem, server_name: x, min_version: TLS13 }').client.tls).toMatchObject({
      ca: { kind: 'file', path: '/etc/ca.pem' },
      serverName: 'x',
      minVersion: 'TLSv1.3',
      insecureSkipVerify: false,
    });
  });
  test('finds targets in four ways', () => {
    const config = job(
      'static_configs: [{ targets: [a:1] }]\nfile_sd_configs: [{ files: [t/*.yml, /x.json] }]\n' +
        'http_sd_configs: [{ url: "http://h/t", refresh_interval: 5s }]\ndns_sd_configs: [{ names: [n], type: A, port: 9 }]',
    );
    expect(config.discoveries).toMatchObject([
      { kind: 'static' },
      { kind: 'file', patterns: ['/etc/t/*.yml', '/x.json'], refreshMs: 300_000 },
      { kind: 'http', url: 'http://h/t', refreshMs: 5000, client: { followRedirects: true } },
      { kind: 'dns', names: ['n'], type: 'A', port: 9, refreshMs: 30_000 },
    ]);
  });
  test('takes scalars of rules as they are written', () => {
    const { relabelRules } = job(
      'relabel_configs:\n- { target_label: a, replacement: 1.0 }\n- { source_labels: [b], regex: yes, action: keep }',
    );
    expect(relabelRules).toMatchObject([
      { action: 'replace', replacement: '1.0', regex: '(.*)', separator: ';' },
      { action: 'keep', regex: 'yes' },
    ]);
  });
});

describe('what does not fit is refused with its line and column', () => {
  test.each([
    [
      'scrape_configs:\n  - job_name: a\n    scrape_intervall: 5s',
      ':3:5: There is no scrape_configs[0].scrape_intervall; known here: ',
    ],
    [
      'scrape_configs:\n  - job_name: a\n    scrape_interval: 5',
      ':3:22: scrape_configs[0].scrape_interval expects a duration such as 15s',
    ],
    ['scrape_configs:\n  - job_name: a\n    scrape_interval: 0s', ':3:22: '],
    [
      'scrape_configs:\n  - job_name: a\n    scrape_interval: 1s\n    scrape_timeout: 2s',
      ':2:5: scrape_configs[0].scrape_timeout expects at most',
    ],
    ['scrape_configs:\n  - metrics_path: /m', ':2:5: scrape_configs[0] has no job_name.'],
    ['scrape_configs:\n  - job_name: a\n  - job_name: a', ':3:5: scrape_configs has the job_name "a" twice.'],
    ['scrape_configs: 5', ':1:17: scrape_configs expects a list; got "5".'],
    ['scrape_configs: [5]', ':1:18: scrape_configs[0] expects a mapping; got "5".'],
    ['- a', ':1:1: The file expects a mapping; got a list.'],
    ['a: [', ':1:5: This is not valid YAML'],
    ['a: 1\na: 2', ':2:1: This is not valid YAML: Map keys must be unique'],
    ['a: *b', ':1:4: Nothing above is named "&b".'],
    ['--- {}\n--- {}', ':1:1: Expected one YAML document; got 2.'],
    ['rule_files: [a.yml]', ':1:13: rule_files is not supported: '],
    ['remote_write:\n  - url: http://x', ':2:3: remote_write is not supported'],
    [
      'scrape_configs:\n  - job_name: a\n    oauth2: { client_id: x }',
      ':3:13: scrape_configs[0].oauth2.token_url expects a URL with http or https; got "".',
    ],
    ['scrape_configs:\n  - job_name: a\n    oauth2: { token_url: "http://x" }', 'scrape_configs[0].oauth2 has no client_id.'],
    [
      'scrape_configs:\n  - job_name: a\n    oauth2: { client_id: x, token_url: "http://x", audience: y }',
      'audience is not supported: tokens are asked for by client credentials alone.',
    ],
    [
      'scrape_configs:\n  - job_name: a\n    bearer_token: x\n    oauth2: { client_id: x, token_url: "http://x" }',
      'expects at most one of basic_auth, authorization, oauth2 and bearer_token',
    ],
    ['scrape_configs:\n  - job_name: a\n    proxy_url: http://p', ':3:16: scrape_configs[0].proxy_url is not supported'],
    ['scrape_configs:\n  - job_name: a\n    kubernetes_sd_configs: [{ role: pod }]', 'kubernetes_sd_configs is not supported'],
    ['scrape_configs:\n  - job_name: a\n    convert_classic_histograms_to_nhcb: true', 'nhcb is not supported'],
    [
      'scrape_configs:\n  - job_name: a\n    static_configs: [{ targets: ["http://a"] }]',
      ':3:34: scrape_configs[0].static_configs[0].targets[0] expects HOST:PORT',
    ],
    [
      'scrape_configs:\n  - job_name: a\n    relabel_configs:\n      - regex: "("\n        target_label: b',
      ':4:9: regex expects an RE2 expression',
    ],
    ['scrape_configs:\n  - job_name: a\n    metric_relabel_configs: [{ action: frob }]', 'expects one of replace, keep, drop'],
    [
      'scrape_configs:\n  - job_name: a\n    bearer_token: x\n    basic_auth: {}',
      'expects at most one of basic_auth, authorization, oauth2 and bearer_token',
    ],
    [
      'scrape_configs:\n  - job_name: a\n    basic_auth: { password: x, password_file: y }',
      'at most one of password and password_file',
    ],
    ['scrape_configs:\n  - job_name: a\n    tls_config: { cert_file: x }', 'expects cert and key, or neither'],
    ['scrape_configs:\n  - job_name: a\n    dns_sd_configs: [{ names: [x], type: A }]', 'expects a port'],
    ['scrape_configs:\n  - job_name: a\n    http_sd_configs: [{ url: ftp://x }]', 'expects a URL with http or https'],
    [
      'scrape_configs:\n  - job_name: a\n    file_sd_configs: [{ files: [x.txt] }]',
      'expects paths that end in .json, .yml or .yaml',
    ],
    ['scrape_configs:\n  - job_name: a\n    scrape_protocols: [a]', 'expects one of PrometheusText0.0.4'],
    ['global: { external_labels: { a: $HOME } }', ':1:33: global.external_labels.a holds a dollar sign'],
    ['&a [*a]', 'The file expects a mapping'],
    ['rule_files: &a [*a]', 'rule_files is not supported'],
  ])('%j', (yaml, message) => expect(() => read(yaml)).toThrow(refusal(message)));

  test('also when it is nested without end', () => {
    expect(() => read(`a: ${'['.repeat(3000)}`)).toThrow(refusal('YAML may be nested at most 64 deep.'));
    expect(() => read(Array.from({ length: 100 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''))).toThrow(
      refusal('YAML may be nested at most 64 deep.'),
    );
  });
  test('also when aliases make much of little', () => {
    const lists = ['&a0 [[], [], [], [], [], [], [], [], [], []]'];
    for (let i = 1; i < 9; i++) lists.push(`&a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`);
    expect(() => read(`rule_files: [${lists.join(', ')}]`)).toThrow(refusal(':1:1: A file may hold at most 1000000 values.'));
  });
});
