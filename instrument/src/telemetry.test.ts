import { resourceFromAttributes } from '@opentelemetry/resources';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { otlpJson } from './otlp/json.ts';
import type { OtlpWriter } from './otlp/writer.ts';
import type { Exporter } from './send/exporter.ts';
import type { Signal } from './send/signals.ts';
import { Telemetry } from './telemetry.ts';

const scope = { name: 'shop', version: '', schemaUrl: '' };
const nameOfMetric = 0x0a;
const itself = 0x12;

interface Pushed {
  readonly names: readonly string[];
  readonly count: number;
}

interface Watched {
  readonly exporter: Exporter;
  readonly pushed: Pushed[];
}

let warnings: string[];
let ended: string[];
beforeEach(() => {
  [warnings, ended] = [[], []];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

interface OutletOptions {
  readonly name?: Exporter['name'];
  readonly delayMs?: number;
  readonly requestBytesMax?: number;
  readonly signals?: readonly Signal[];
  readonly isFlushed?: boolean;
}

/** An exporter that keeps the names of the records that it gets; metrics stand for all records. */
function watchedExporter(options: OutletOptions = {}): Watched {
  const { name = 'otlp', delayMs = 100, requestBytesMax = 1000, signals = ['metrics'], isFlushed = true } = options;
  const pushed: Pushed[] = [];
  const outlet = {
    delayMs,
    requestBytesMax,
    destination: {
      counts: { sent: pushed.length, refused: 0, givenUp: 0 },
      flush: () => Promise.resolve(isFlushed),
      push(body: Uint8Array, count: number) {
        const names = [...otlpJson('metrics', body).matchAll(/"metrics":\[(.*?)\]/g)].flatMap(([, list = '']) =>
          [...list.matchAll(/"name":"(.*?)"/g)].map(([, found = '']) => found),
        );
        pushed.push({ names, count });
      },
    },
  };
  const exporter = {
    name,
    outlets: Object.fromEntries(signals.map((signal) => [signal, outlet])),
    flushAtExit: () => void ended.push(name),
    close: () => void ended.push(`${name} closed`),
  };
  return { exporter, pushed };
}

function telemetryTo(...watched: readonly Watched[]): Telemetry {
  return new Telemetry({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    limits: {
      attributesMax: 1,
      attributeLengthMax: 1,
      eventsMax: 1,
      linksMax: 1,
      attributesPerEventMax: 1,
      attributesPerLinkMax: 1,
    },
    exporters: watched.map(({ exporter }) => exporter),
    warn: (message) => warnings.push(message),
  });
}

const named =
  (name: string) =>
  (writer: OtlpWriter): void => {
    const start = writer.begin(itself);
    writer.text(nameOfMetric, name);
    writer.end(start);
  };
const record = (telemetry: Telemetry, ...names: string[]): void => {
  for (const name of names) telemetry.write('metrics', scope, named(name));
};

describe('records', () => {
  test('wait for others as long as their destination says', () => {
    const watched = watchedExporter();
    const telemetry = telemetryTo(watched);
    record(telemetry, 'a');
    vi.advanceTimersByTime(99);
    record(telemetry, 'b');
    expect(watched.pushed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(watched.pushed).toEqual([{ names: ['a', 'b'], count: 2 }]);
    vi.advanceTimersByTime(1000);
    expect(watched.pushed).toHaveLength(1);
  });

  test('are each a request at once where nothing is to wait', () => {
    const watched = watchedExporter({ delayMs: 0 });
    const telemetry = telemetryTo(watched);
    telemetry.write('metrics', scope, named('a'));
    expect(watched.pushed).toEqual([{ names: ['a'], count: 1 }]);
    record(telemetry, 'b');
    expect(watched.pushed.at(-1)).toEqual({ names: ['b'], count: 1 });
  });

  test('wait until they are complete where they have to be', () => {
    const watched = watchedExporter({ delayMs: Infinity });
    const telemetry = telemetryTo(watched);
    record(telemetry, 'a', 'b');
    vi.advanceTimersByTime(1e9);
    expect(watched.pushed).toEqual([]);
    telemetry.cut('metrics');
    expect(watched.pushed).toEqual([{ names: ['a', 'b'], count: 2 }]);
  });

  test('that do not change any more are written together, before what comes after them', () => {
    const watched = watchedExporter();
    const telemetry = telemetryTo(watched);
    const written: string[] = [];
    const write = (writer: OtlpWriter, name: string): void => {
      written.push(name);
      named(name)(writer);
    };
    for (const name of ['a', 'b']) telemetry.writeSoon('metrics', scope, write, name);
    expect(written).toEqual([]);
    vi.advanceTimersByTime(0);
    expect(written).toEqual(['a', 'b']);
    telemetry.writeSoon('metrics', scope, write, 'c');
    record(telemetry, 'd');
    telemetry.writeSoon('metrics', scope, write, 'e');
    telemetry.cut('metrics');
    expect(watched.pushed).toEqual([{ names: ['a', 'b', 'c', 'd', 'e'], count: 5 }]);
  });

  test('that do not change any more are written at once where nothing is to wait, be it by one destination of two', () => {
    const [slow, fast] = [watchedExporter(), watchedExporter({ delayMs: 0 })];
    telemetryTo(slow, fast).writeSoon('metrics', scope, (writer, name) => named(name)(writer), 'a');
    expect(fast.pushed).toEqual([{ names: ['a'], count: 1 }]);
  });

  test('that do not change any more do not gather without end while the event loop stands still', () => {
    const watched = watchedExporter({ requestBytesMax: 100 });
    const telemetry = telemetryTo(watched);
    for (let i = 0; i < 1000; i++) telemetry.writeSoon('metrics', scope, (writer, name) => named(name)(writer), `m${i}`);
    expect(watched.pushed.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(900);
    telemetry.cut('metrics');
    expect(watched.pushed.flatMap(({ names }) => names)).toEqual(Array.from({ length: 1000 }, (_, i) => `m${i}`));
  });

  test('that a value records while it is read wait until the record at hand is whole', () => {
    const watched = watchedExporter();
    const telemetry = telemetryTo(watched);
    telemetry.write('metrics', scope, (writer) => {
      const start = writer.begin(itself);
      for (let i = 0; i < 100; i++) telemetry.writeSoon('metrics', scope, (inner, name) => named(name)(inner), 'within');
      writer.text(nameOfMetric, 'around');
      writer.end(start);
    });
    telemetry.cut('metrics');
    const names = watched.pushed.flatMap((pushed) => pushed.names);
    expect([names[0], names.length, new Set(names)]).toEqual(['around', 101, new Set(['around', 'within'])]);
  });

  test('are a request when they take too many bytes', () => {
    const watched = watchedExporter({ requestBytesMax: 20 });
    record(telemetryTo(watched), 'a'.repeat(12), 'b'.repeat(12), 'c');
    expect(watched.pushed).toEqual([{ names: ['a'.repeat(12), 'b'.repeat(12)], count: 2 }]);
  });
});

describe('several destinations', () => {
  test('get the same records, each in its own time, though they are written once', () => {
    const watched = [watchedExporter({ delayMs: 0 }), watchedExporter({ delayMs: Infinity }), watchedExporter({ delayMs: 50 })];
    const telemetry = telemetryTo(...watched);
    const write = vi.fn<(writer: OtlpWriter) => void>(named('a'));
    telemetry.write('metrics', scope, write);
    record(telemetry, 'b');
    expect(write).toHaveBeenCalledTimes(1);
    expect(watched.map(({ pushed }) => pushed.length)).toEqual([2, 0, 0]);
    vi.advanceTimersByTime(50);
    telemetry.cut('metrics');
    const both = [{ names: ['a', 'b'], count: 2 }];
    expect(watched[0]?.pushed).toEqual([
      { names: ['a'], count: 1 },
      { names: ['b'], count: 1 },
    ]);
    expect([watched[1]?.pushed, watched[2]?.pushed]).toEqual([both, both]);
  });

  test('take the signals that they take', () => {
    const telemetry = telemetryTo(watchedExporter({ signals: ['logs'] }), watchedExporter({ signals: ['metrics'] }));
    expect(['traces', 'logs', 'metrics'].map((signal) => telemetry.takes(signal as Signal))).toEqual([false, true, true]);
  });

  test('are flushed together, and one that is not is told', async () => {
    const watched = [watchedExporter(), watchedExporter({ isFlushed: false })];
    const telemetry = telemetryTo(...watched);
    record(telemetry, 'a');
    expect(await telemetry.flush(10)).toBe(false);
    expect(watched.map(({ pushed }) => pushed.length)).toEqual([1, 1]);
    expect(await telemetryTo(watchedExporter()).flush(10)).toBe(true);
  });

  test('end one after the other', () => {
    const watched = [watchedExporter({ name: 'files' }), watchedExporter({ name: 'otlp' })];
    const telemetry = telemetryTo(...watched);
    record(telemetry, 'a');
    telemetry.flushAtExit();
    telemetry.close();
    expect(ended).toEqual(['files', 'otlp', 'files closed', 'otlp closed']);
    expect(watched.map(({ pushed }) => pushed.length)).toEqual([1, 1]);
  });

  test('get nothing more once they are closed', () => {
    const watched = watchedExporter({ delayMs: 0 });
    const telemetry = telemetryTo(watched);
    telemetry.close();
    record(telemetry, 'a');
    telemetry.cut('metrics');
    expect([watched.pushed, telemetry.takes('metrics')]).toEqual([[], false]);
  });

  test('count each on its own', () => {
    const telemetry = telemetryTo(watchedExporter({ name: 'files', signals: ['logs'] }), watchedExporter());
    expect([[...telemetry.counts('files').keys()], [...telemetry.counts().keys()], telemetry.counts('terminal').size]).toEqual([
      ['logs'],
      ['metrics'],
      0,
    ]);
  });
});

describe('a record', () => {
  test('that cannot be written leaves no trace, and the others are whole', () => {
    const watched = [watchedExporter(), watchedExporter()];
    const telemetry = telemetryTo(...watched);
    record(telemetry, 'a');
    telemetry.write('metrics', scope, (writer) => {
      writer.begin(itself);
      throw new RangeError('no');
    });
    record(telemetry, 'b');
    telemetry.cut('metrics');
    const expected = [{ names: ['a', 'b'], count: 2 }];
    expect(watched.map(({ pushed }) => pushed)).toEqual([expected, expected]);
    expect(warnings).toEqual(['a record could not be written: no']);
  });

  test('alone that cannot be written is no request', () => {
    const watched = watchedExporter();
    const telemetry = telemetryTo(watched);
    telemetry.write('metrics', scope, () => {
      throw new RangeError('no');
    });
    telemetry.cut('metrics');
    expect(watched.pushed).toEqual([]);
  });

  test.each([0, 100])('made while another is written comes after it (delay %i ms)', (delayMs) => {
    const watched = watchedExporter({ delayMs });
    const telemetry = telemetryTo(watched);
    telemetry.write('metrics', scope, (writer) => {
      const start = writer.begin(itself);
      record(telemetry, 'inner');
      writer.text(nameOfMetric, 'outer');
      writer.end(start);
    });
    vi.runAllTimers();
    expect(watched.pushed.flatMap(({ names }) => names)).toEqual(['outer', 'inner']);
  });
});
