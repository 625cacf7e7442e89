/** Scraping of real servers in this process, most of which misbehave. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labelValue } from '../../src/lang/labels.ts';
import { temporaryDirectory } from '../commit/store.ts';
import { scrape, startService, until } from '../scrape/service.ts';
import type { Scraped, Service } from '../scrape/service.ts';

const open: (() => Promise<void> | void)[] = [];
let service: Service;

beforeEach(async () => {
  service = await opened(startService());
});

afterEach(async () => {
  // The last to open is the first to close: scraping before its targets.
  for (const close of open.splice(0).toReversed()) await close();
});

async function opened(starting: Promise<Service>): Promise<Service> {
  const started = await starting;
  open.push(() => started.close());
  return started;
}

/** Scrapes `service` every 200 ms as job `j`, its instance `i`; `keys` are further keys of the job. */
function start(keys = '', targets: readonly string[] = [service.address]): Scraped {
  const scraped = scrape(yamlOf(keys, targets));
  open.push(() => scraped.scraping.stop());
  return scraped;
}

function yamlOf(keys = '', targets: readonly string[] = [service.address]): string {
  const relabel = targets.length === 1 ? 'relabel_configs: [{ target_label: instance, replacement: i }],' : '';
  return `scrape_configs: [{ job_name: j, scrape_interval: 200ms, ${relabel} static_configs: [{ targets: [${targets.map((one) => `"${one}"`).join()}] }], ${keys} }]`;
}

const of = (name: string, labels = ''): string => `${name}{${labels}instance="i",job="j"}`;
const up = of('up');

async function lastError({ scraping, recording }: Scraped): Promise<string> {
  await until(() => recording.last(up) === 0);
  await until(() => scraping.status.activeTargets()[0]?.health === 'down');
  return scraping.status.activeTargets()[0]?.lastError ?? '';
}

describe('a scrape', () => {
  test('stores samples under the labels of the target, and a report', async () => {
    service.body = '# TYPE a counter\n# HELP a What it counts.\na{x="1"} 5\na{x="2"} 6\nb 7\n';
    const { recording } = start();
    await until(() => recording.values(up).length >= 3);
    expect(recording.series()).toEqual(
      [
        of('a').replace('job="j"', 'job="j",x="1"'),
        of('a').replace('job="j"', 'job="j",x="2"'),
        of('b'),
        of('scrape_duration_seconds'),
        of('scrape_samples_post_metric_relabeling'),
        of('scrape_samples_scraped'),
        of('scrape_series_added'),
        up,
      ].toSorted(),
    );
    expect(recording.values(up).slice(0, 3)).toEqual([1, 1, 1]);
    expect(recording.values(of('scrape_samples_scraped'))[0]).toBe(3);
    expect(recording.values(of('scrape_series_added')).slice(0, 3)).toEqual([3, 0, 0]);
    expect(recording.values(of('b')).slice(0, 3)).toEqual([7, 7, 7]);
    const times = recording.points(up).map(({ timeMs }) => timeMs);
    expect(recording.points(of('b')).map(({ timeMs }) => timeMs)).toEqual(times);
    // Each series is written once.
    expect(recording.rows['series']).toHaveLength(8);
    expect(recording.rows['metric_metadata']).toMatchObject([{ metric: 'a', type: 'counter', help: 'What it counts.' }]);
  });

  test('asks as Prometheus does, over one connection', async () => {
    start('params: { m: [x] }, scrape_timeout: 150ms');
    await until(() => service.requests.length >= 3);
    expect(service.requests[0]).toMatchObject({
      url: '/metrics?m=x',
      headers: {
        'accept-encoding': 'gzip',
        'user-agent': 'Sonde/0.0.0-test',
        'x-prometheus-scrape-timeout-seconds': '0.15',
        accept: expect.stringMatching(
          /^application\/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.\d,.*\*\/\*;q=0.\d$/,
        ),
      },
    });
  });

  test('keeps its place within the interval', async () => {
    service.body = 'a 1\n';
    const { recording } = start();
    await until(() => recording.values(up).length >= 6);
    const places = recording.points(up).map(({ timeMs }) => timeMs % 200);
    // A timer that is late by more than the tolerance keeps its own time.
    const most = Math.max(...places.map((place) => places.filter((one) => one === place).length));
    expect(most).toBeGreaterThan(1);
  });

  test('reads gzip', async () => {
    service.handle = (_, response) =>
      response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end(gzipSync('a 1\n'));
    const { recording } = start();
    await until(() => recording.last(of('a')) === 1);
    expect(recording.last(up)).toBe(1);
  });

  test('takes timestamps of the body, and does not store what is said again', async () => {
    const timeMs = Date.now() - 60_000;
    service.body = `a 1 ${timeMs}\nb 2\n`;
    const { recording } = start();
    await until(() => recording.values(up).length >= 4);
    expect(recording.points(of('a'))).toEqual([{ timeMs, value: 1 }]);
    expect(recording.values(of('b')).length).toBeGreaterThan(2);
    service.body = 'b 2\n';
    const scrapes = recording.values(up).length;
    await until(() => recording.values(up).length >= scrapes + 3);
    expect(recording.points(of('a'))).toHaveLength(1);
  });

  test('leaves them aside where honor_timestamps is off', async () => {
    service.body = `a 1 ${Date.now() - 60_000}\n`;
    const { recording } = start('honor_timestamps: false');
    await until(() => recording.values(of('a')).length >= 2);
    expect(recording.points(of('a'))[0]?.timeMs).toBeGreaterThan(Date.now() - 30_000);
  });

  test('counts samples that are too old, and stores the others', async () => {
    service.body = 'a 1 1000\nb 2\nb 3\n';
    const { recording, counters } = start();
    await until(() => recording.values(up).length >= 2);
    expect(recording.values(of('b'))[0]).toBe(2);
    expect(recording.series(of('a'))).toEqual([]);
    expect(counters.value('sonde_scrape_samples_left_out_total', { job: 'j', reason: 'time' })).toBeGreaterThan(0);
    expect(counters.value('sonde_scrape_samples_left_out_total', { job: 'j', reason: 'duplicate' })).toBeGreaterThan(0);
  });

  test('stores an exemplar once', async () => {
    service.handle = (_, response) =>
      response
        .setHeader('content-type', 'application/openmetrics-text; version=1.0.0')
        .end(`# TYPE a counter\na_total 3 # {trace_id="0af7651916cd43dd8448eb211c80319c",k="v"} 0.5\n# EOF\n`);
    const { recording } = start();
    await until(() => recording.values(of('a_total')).length >= 3);
    expect(recording.rows['exemplars']).toMatchObject([
      { value: 0.5, trace_id: '0af7651916cd43dd8448eb211c80319c', attributes: [['k', 'v', 's']] },
    ]);
  });
});

describe('labels', () => {
  test("that a target exposes get another name where they are the target's", async () => {
    service.body = 'a{job="x",exported_job="y",instance="z"} 1\n';
    const { recording } = start();
    await until(() => recording.values(up).length > 0);
    expect(recording.series('a')).toEqual([
      'a{exported_exported_job="x",exported_instance="z",exported_job="y",instance="i",job="j"}',
    ]);
  });

  test('that a target exposes are kept with honor_labels, empty ones too', async () => {
    service.body = 'a{job="x",instance=""} 1\nb 2\n';
    const { recording } = start('honor_labels: true');
    await until(() => recording.values(up).length > 0);
    expect(recording.series('a')).toEqual(['a{job="x"}']);
    expect(recording.series('b')).toEqual([of('b')]);
  });

  test('are changed by metric rules, which drop series too', async () => {
    service.body = 'a{x="1"} 1\nb 2\n';
    const { recording } = start(
      'metric_relabel_configs: [{ source_labels: [__name__], regex: b, action: drop }, { regex: x, action: labeldrop }]',
    );
    await until(() => recording.values(of('scrape_samples_scraped')).length >= 2);
    expect(recording.series('a')).toEqual([of('a')]);
    expect(recording.series('b')).toEqual([]);
    expect(recording.last(of('scrape_samples_scraped'))).toBe(2);
    expect(recording.last(of('scrape_samples_post_metric_relabeling'))).toBe(1);
  });
});

describe('series end with a stale marker', () => {
  test('when the next scrape does not have them', async () => {
    service.body = 'a 1\nb 2\n';
    const { recording } = start();
    await until(() => recording.values(of('b')).length >= 2);
    service.body = 'a 1\n';
    await until(() => recording.last(of('b')) === 'stale');
    const scrapes = recording.values(up).length;
    await until(() => recording.values(up).length >= scrapes + 3);
    expect(recording.values(of('b')).filter((value) => value === 'stale')).toHaveLength(1);
    expect(recording.values(of('a'))).not.toContain('stale');
    service.body = 'a 1\nb 3\n';
    await until(() => recording.last(of('b')) === 3);
  });

  test('all of them when a scrape fails, and only once', async () => {
    service.body = 'a 1\n';
    const { recording } = start();
    await until(() => recording.last(of('a')) === 1);
    service.handle = (_, response) => response.writeHead(500).end();
    await until(() => recording.values(up).filter((value) => value === 0).length >= 3);
    expect(recording.values(of('a')).filter((value) => value === 'stale')).toHaveLength(1);
    expect(recording.points(of('a')).at(-1)?.timeMs).toBe(recording.points(up).find(({ value }) => value === 0)?.timeMs);
    service.handle = undefined;
    await until(() => recording.last(of('a')) === 1 && recording.last(up) === 1);
  });

  test('with the report, when the target goes away', async () => {
    service.body = 'a 1\n';
    const { recording, reload, scraping } = start();
    await until(() => recording.last(of('a')) === 1);
    reload('scrape_configs: []');
    await until(() => recording.last(up) === 'stale');
    expect(recording.last(of('a'))).toBe('stale');
    expect(scraping.status.pools()).toEqual([]);
  });

  test('at the end', async () => {
    service.body = 'a 1\n';
    const { recording, scraping } = start();
    await until(() => recording.last(of('a')) === 1);
    await scraping.stop();
    expect([recording.last(of('a')), recording.last(up)]).toEqual(['stale', 'stale']);
  });

  test('also those with timestamps, where the job asks for it', async () => {
    service.body = `a 1 ${Date.now() - 1000}\nb 1\n`;
    const { recording } = start('track_timestamps_staleness: true');
    await until(() => recording.values(up).length > 0);
    service.body = 'b 1\n';
    await until(() => recording.last(of('a')) === 'stale');
    expect(recording.values(of('b'))).not.toContain('stale');
  });
});

describe('a scrape fails with its reason', () => {
  const fails = (name: string, keys: string, body: string, error: string): void =>
    test(`fails ${name}`, async () => {
      service.body = body;
      const scraped = start(keys);
      expect(await lastError(scraped)).toContain(error);
      expect(scraped.recording.series('a')).toEqual([]);
    });

  fails('for a malformed body', '', 'a 1\nb{ 2\n', '2');
  fails('over the sample limit', 'sample_limit: 2', 'a 1\nb 2\nc 3\n', 'Over the sample_limit of 2: 3 samples.');
  fails('over the body limit', 'body_size_limit: 10B', 'a 1\n'.repeat(10), 'The body is over the limit of 10 bytes.');
  fails(
    'over the label limit',
    'label_limit: 3',
    'a{b="1"} 1\n',
    'Over the label_limit of 3: the 4 labels of a series of metric "a".',
  );
  fails(
    'over the name limit',
    'label_name_length_limit: 8',
    'a{long="1",longer_name="2"} 1\n',
    'Over the label_name_length_limit of 8',
  );
  fails(
    'over the value limit',
    'label_value_length_limit: 5',
    'a{b="123456"} 1\n',
    'Over the label_value_length_limit of 5: the label "b"',
  );

  test('when the sample limit is kept, it does not', async () => {
    service.body = 'a 1\nb 2\nc 3\n';
    const { recording } = start(
      'sample_limit: 2, metric_relabel_configs: [{ source_labels: [__name__], regex: c, action: drop }]',
    );
    await until(() => recording.last(up) === 1);
    expect([recording.last(of('a')), recording.last(of('b'))]).toEqual([1, 2]);
  });

  test('when nobody listens', async () => {
    await service.close();
    expect(await lastError(start())).toContain('ECONNREFUSED');
  });

  test('when the answer has another status', async () => {
    service.handle = (_, response) => response.writeHead(404).end('a 1\n');
    expect(await lastError(start())).toBe('The server answered with HTTP status 404 Not Found');
  });

  test('when the content type says nothing and there is no fallback', async () => {
    service.handle = (_, response) => response.end('a 1\n');
    expect(await lastError(start())).toContain('Content-Type');
  });

  test('but with a fallback it goes well', async () => {
    service.handle = (_, response) => response.end('a 1\n');
    const { recording } = start('fallback_scrape_protocol: PrometheusText0.0.4');
    await until(() => recording.last(of('a')) === 1);
    expect(recording.last(up)).toBe(1);
  });
});

describe('a server that misbehaves costs no more than its limits:', () => {
  test('one that answers slowly, byte by byte', async () => {
    service.handle = (_, response) => {
      response.setHeader('content-type', 'text/plain');
      const timer = setInterval(() => response.write('#'), 5);
      response.on('close', () => clearInterval(timer));
    };
    expect(await lastError(start('scrape_timeout: 40ms'))).toBe('No whole answer came within the timeout of 40 ms.');
  });

  test('one that never answers', async () => {
    service.handle = () => undefined;
    expect(await lastError(start('scrape_timeout: 30ms'))).toBe('No whole answer came within the timeout of 30 ms.');
  });

  test('one that sends without end', async () => {
    let sent = 0;
    service.handle = (_, response) => {
      response.setHeader('content-type', 'text/plain');
      const part = Buffer.alloc(64 << 10, '#');
      const more = (): void => {
        while (!response.destroyed && response.write(part)) sent += part.length;
        response.once('drain', more);
      };
      more();
    };
    expect(await lastError(start('body_size_limit: 1MB'))).toBe('The body is over the limit of 1048576 bytes.');
    expect(sent).toBeLessThan(64 << 20);
  });

  test('one whose gzip becomes very large', async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20, '#'));
    service.handle = (_, response) =>
      response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end(bomb);
    const scraped = start('body_size_limit: 1MB');
    expect(await lastError(scraped)).toBe('The body is over the limit of 1048576 bytes.');
  });

  test('one whose gzip is none', async () => {
    service.handle = (_, response) =>
      response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end('a 1\n');
    expect(await lastError(start())).toContain('incorrect header check');
  });

  test('one whose gzip breaks off', async () => {
    service.handle = (_, response) =>
      response
        .writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
        .end(gzipSync('a 1\n'.repeat(1000)).subarray(0, 20));
    expect(await lastError(start())).toContain('unexpected end of file');
  });

  test.each([
    ['says less than it sends', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\na 1\nb 2\n', 1],
    ['says more than it sends', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 400\r\n\r\na 1\n', 0],
    ['breaks off in a chunk', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n8\r\na 1\n', 0],
    ['speaks no HTTP', 'hello\r\n\r\n', 0],
    ['sends endless headers', `HTTP/1.1 200 OK\r\n${'X-Y: z\r\n'.repeat(10_000)}\r\n`, 0],
  ])('one that %s', async (_, answer, expected) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(() => void server.close());
    const { recording } = start('', [`127.0.0.1:${(server.address() as AddressInfo).port}`]);
    await until(() => recording.values(up).length >= 2);
    expect(recording.last(up)).toBe(expected);
    expect(recording.series('b')).toEqual([]);
  });

  test('many with large bodies at a time, of which small ones do not suffer', async () => {
    const large = await opened(startService(`large 1\n${'#'.repeat(3 << 20)}`));
    service.body = 'small 1\n';
    const scraped = scrape(yamlOf('', [large.address, service.address]), '/prometheus.yml', 2 << 20);
    open.push(() => scraped.scraping.stop());
    await until(() => scraped.recording.last(`up{instance="${large.address}",job="j"}`) === 0);
    await until(() => scraped.recording.last(`small{instance="${service.address}",job="j"}`) === 1);
    const errors = scraped.scraping.status.activeTargets().map(({ lastError }) => lastError);
    expect(errors).toContain('All bodies that are scraped at a time are over the limit of 2097152 bytes.');
    await scraped.scraping.stop();
    expect(scraped.counters.read().find(({ name }) => name === 'sonde_scrape_body_bytes_in_flight')?.value).toBe(0);
  });

  test('all of these together do not disturb a good one', async () => {
    const bad = await opened(startService());
    bad.handle = () => undefined;
    const huge = await opened(startService('#'.repeat(2 << 20)));
    const malformed = await opened(startService('a{'));
    service.body = 'good 1\n';
    const { recording } = start('body_size_limit: 1MB', [bad.address, huge.address, malformed.address, service.address]);
    const good = `good{instance="${service.address}",job="j"}`;
    await until(() => recording.values(good).length >= 5);
    expect(recording.values(good)).not.toContain('stale');
    expect(recording.last(`up{instance="${malformed.address}",job="j"}`)).toBe(0);
    expect(recording.last(`up{instance="${huge.address}",job="j"}`)).toBe(0);
  });
});

describe('redirects', () => {
  const redirect = (to: string): void => {
    service.handle = (request, response) => {
      if (request.url === '/metrics') response.writeHead(302, { location: to }).end();
      else response.setHeader('content-type', 'text/plain').end('a 1\n');
    };
  };
  test('are followed', async () => {
    redirect('/elsewhere');
    const { recording } = start();
    await until(() => recording.last(of('a')) === 1);
    expect(service.requests.map(({ url }) => url)).toContain('/elsewhere');
  });
  test('are not followed where the job says so', async () => {
    redirect('/elsewhere');
    expect(await lastError(start('follow_redirects: false'))).toBe('The server answered with HTTP status 302 Found');
  });
  test('in a circle end', async () => {
    redirect('/metrics');
    expect(await lastError(start())).toBe('The server redirected more than 10 times.');
  });
  test('to what is no HTTP are refused', async () => {
    redirect('file:///etc/passwd');
    expect(await lastError(start())).toContain('not a URL with http or https');
  });
  test('take credentials to the same server only', async () => {
    const other = await opened(startService('a 1\n'));
    redirect(`http://${other.address}/metrics`);
    const { recording } = start('basic_auth: { username: u, password: p }');
    await until(() => recording.last(of('a')) === 1);
    expect(service.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('a job with rules and several targets', () => {
  test('fails as a whole over the target limit', async () => {
    service.body = 'a 1\n';
    const other = await opened(startService('a 1\n'));
    const { recording, scraping } = start('target_limit: 1', [service.address, other.address]);
    await until(() => recording.series('up').length === 2);
    await until(() => scraping.status.activeTargets().every(({ health }) => health === 'down'));
    expect(scraping.status.activeTargets()[0]?.lastError).toBe('Over the target_limit of 1: 2 targets.');
    expect(service.requests).toEqual([]);
  });
});

describe('a reload', () => {
  test('of a job that did not change does not touch it', async () => {
    service.body = 'a 1\n';
    const { recording, reload } = start();
    await until(() => recording.last(of('a')) === 1);
    reload(yamlOf());
    const scrapes = recording.values(up).length;
    await until(() => recording.values(up).length >= scrapes + 3);
    expect(recording.values(of('a'))).not.toContain('stale');
  });

  test('of metric rules ends the series that they drop, and no others', async () => {
    service.body = 'a 1\nb 2\n';
    const { recording, reload } = start();
    await until(() => recording.last(of('b')) === 2);
    reload(yamlOf('metric_relabel_configs: [{ source_labels: [__name__], regex: b, action: drop }]'));
    await until(() => recording.last(of('b')) === 'stale');
    await until(() => recording.last(of('a')) === 1);
    expect(recording.values(of('a'))).not.toContain('stale');
  });
});

describe('over TLS', () => {
  const { path, remove } = temporaryDirectory('tls');
  const files = { key: join(path, 'key.pem'), cert: join(path, 'cert.pem') };
  let isMade = false;
  try {
    const subject = '-subj /CN=sonde.test -addext subjectAltName=DNS:sonde.test';
    const command = `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ${subject}`;
    const [program = '', ...options] = `${command} -keyout ${files.key} -out ${files.cert}`.split(' ');
    execFileSync(program, options, { stdio: 'ignore' });
    isMade = true;
  } catch {
    remove();
  }
  // Node can not make a certificate; openssl can, where it is installed.
  test.runIf(isMade)('a certificate is trusted, refused, or not looked at, as the job says', async () => {
    const secure = await opened(startService('a 1\n', { key: readFileSync(files.key), cert: readFileSync(files.cert) }));
    const trusting = start(`scheme: https, tls_config: { ca_file: ${files.cert}, server_name: sonde.test }`, [secure.address]);
    await until(() => trusting.recording.last(of('a')) === 1);
    const blind = start('scheme: https, tls_config: { insecure_skip_verify: true }', [secure.address]);
    await until(() => blind.recording.last(of('a')) === 1);
    expect(await lastError(start('scheme: https', [secure.address]))).toContain('self-signed certificate');
    const misnamed = start(`scheme: https, tls_config: { ca_file: ${files.cert}, server_name: other.test }`, [secure.address]);
    expect(await lastError(misnamed)).toContain('other.test');
    remove();
  });
});

describe('the status', () => {
  test('tells of targets, dropped ones and metadata', async () => {
    service.body = '# TYPE a counter\n# HELP a Help.\na 1\n# TYPE b gauge\nb 2\n';
    const scraped = scrape(
      `scrape_configs: [{ job_name: j, scrape_interval: 200ms, relabel_configs: [{ source_labels: [__address__], regex: dropped.*, action: drop }], static_configs: [{ targets: ["${service.address}", "dropped:1"] }] }]`,
    );
    open.push(() => scraped.scraping.stop());
    const { status } = scraped.scraping;
    await until(() => status.activeTargets()[0]?.health === 'up');
    expect(status.pools()).toEqual(['j']);
    expect(status.activeTargets()).toMatchObject([
      {
        scrapePool: 'j',
        scrapeUrl: `http://${service.address}/metrics`,
        lastError: '',
        scrapeIntervalMs: 200,
        scrapeTimeoutMs: 200,
        labels: ['instance', service.address, 'job', 'j'],
      },
    ]);
    expect(status.activeTargets('other')).toEqual([]);
    expect(status.droppedTargets().map(({ discoveredLabels }) => labelValue(discoveredLabels, '__address__'))).toEqual([
      'dropped:1',
    ]);
    expect(status.droppedTargetCounts()).toEqual({ j: 1 });
    const all = { matches: () => true };
    expect(status.metadata({ ...all, metric: 'a' })).toMatchObject([{ metric: 'a', type: 'counter', help: 'Help.', unit: '' }]);
    expect(status.metadata(all)).toHaveLength(2);
    expect(status.metadata({ ...all, limit: 1 })).toHaveLength(1);
    expect(status.relabelSteps('j', ['__address__', 'dropped:1'])).toMatchObject([{ keep: false }]);
    expect(status.relabelSteps('k', [])).toBeUndefined();
  });
});

test('what can not be stored is no good scrape, and scraping goes on', async () => {
  service.body = 'a 1\n';
  const { recording, scraping, logged } = start();
  await until(() => recording.last(of('a')) === 1);
  recording.failure = new Error('full');
  await until(() => scraping.status.activeTargets()[0]?.health === 'down');
  expect(logged.join('\n')).toContain('scrape not stored');
  recording.failure = undefined;
  service.body = 'b 2\n';
  await until(() => recording.last(of('b')) === 2);
  expect(recording.last(of('a'))).toBe('stale');
});
