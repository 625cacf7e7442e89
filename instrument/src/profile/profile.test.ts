import { afterEach, describe, expect, test, vi } from 'vitest';
import { onProfile, recordProfile } from './profile.ts';
import type { RecordedProfile } from './profile.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
  vi.restoreAllMocks();
});

/** Keeps the processor busy under a name that a profile can show. */
function spinForProfile(durationMs: number): number {
  const startedMs = performance.now();
  let sum = 0;
  while (performance.now() - startedMs < durationMs) sum += Math.sqrt(sum + 1);
  return sum;
}

function hoardForProfile(): object[] {
  const held: object[] = [];
  for (let i = 0; i < 20_000; i++) held.push({ text: `held ${i}`, more: [i, i, i, i] });
  return held;
}

/** The functions in which samples of the stack were taken. */
function sampledIn({ profile }: RecordedProfile<'cpu'>): string[] {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
  return [...new Set(profile.samples?.map((id) => names.get(id) ?? ''))];
}

function bytesByFunction({ profile }: RecordedProfile<'heap'>): Map<string, number> {
  const bytes = new Map<string, number>();
  const add = ({ callFrame, selfSize, children }: typeof profile.head): void => {
    bytes.set(callFrame.functionName, (bytes.get(callFrame.functionName) ?? 0) + selfSize);
    for (const child of children) add(child);
  };
  add(profile.head);
  return bytes;
}

describe('a profile', () => {
  test('of the processor has samples of what kept it busy', async () => {
    const begunMs = Date.now();
    const recording = recordProfile({ kind: 'cpu', durationMs: 100 });
    await Promise.resolve();
    spinForProfile(200);
    const recorded = await recording;
    expect(sampledIn(recorded)).toContain('spinForProfile');
    expect(recorded.kind).toBe('cpu');
    expect(Math.abs(recorded.startMs - begunMs)).toBeLessThan(5000);
    expect(recorded.durationMs).toBeGreaterThanOrEqual(100);
  });

  test('of the heap says where what is held was allocated', async () => {
    const recording = recordProfile({ kind: 'heap', durationMs: 100 });
    await Promise.resolve();
    const held = hoardForProfile();
    const recorded = await recording;
    expect(held).toHaveLength(20_000);
    expect(bytesByFunction(recorded).get('hoardForProfile') ?? 0).toBeGreaterThan(100_000);
  });

  test('ends as soon as its signal is aborted', async () => {
    const ending = new AbortController();
    const recording = recordProfile({ kind: 'cpu', durationMs: 600_000, until: ending.signal });
    ending.abort();
    const { durationMs, profile } = await recording;
    expect(durationMs).toBeLessThan(60_000);
    expect(profile.nodes.length).toBeGreaterThan(0);
  });

  test('is one of its kind at a time, and the next may follow', async () => {
    const ending = new AbortController();
    const until = ending.signal;
    const begunMs = Date.now();
    const first = recordProfile({ kind: 'cpu', durationMs: 60_000, until });
    const heap = recordProfile({ kind: 'heap', durationMs: 60_000, until });
    const refused = recordProfile({ kind: 'cpu', durationMs: 100 });
    const why = await refused.then(
      () => '',
      (error: Error) => error.message,
    );
    const [, ends = ''] = /^a cpu profile is being recorded until (\S+), and there is one at a time$/.exec(why) ?? [];
    expect(Math.abs(Date.parse(ends) - begunMs - 60_000)).toBeLessThan(5000);
    ending.abort();
    expect([(await first).kind, (await heap).kind]).toEqual(['cpu', 'heap']);
    expect((await recordProfile({ kind: 'cpu', durationMs: 100 })).kind).toBe('cpu');
  });

  test.each([
    [99, '99'],
    [600_001, '600001'],
    [Number.NaN, 'NaN'],
    ['1000', "'1000'"],
    [undefined, 'undefined'],
  ])('cannot take %j', async (durationMs, told) => {
    const message = `durationMs should be a number from 100 to 600000 milliseconds, but is ${told}`;
    const recording = recordProfile({ kind: 'cpu', durationMs: durationMs as number });
    await expect(recording).rejects.toThrow(new RangeError(message));
  });

  test.each(['wall', 'toString', undefined])('cannot be of the kind %j', async (kind) => {
    const recording = recordProfile({ kind: kind as 'cpu', durationMs: 100 });
    await expect(recording).rejects.toThrow(/^kind should be one of cpu, heap, but is /);
  });
});

describe('a hook', () => {
  test('gets each profile until it is taken away', async () => {
    const kinds: string[] = [];
    const hook = ({ kind }: RecordedProfile): unknown => kinds.push(kind);
    const [end, endAgain] = [onProfile(hook), onProfile(hook)];
    const recorded = await recordProfile({ kind: 'cpu', durationMs: 100 });
    expect(kinds).toEqual(['cpu', 'cpu']);
    end();
    let got: RecordedProfile | undefined;
    ends.push(onProfile((profile) => (got = profile)));
    const next = await recordProfile({ kind: 'heap', durationMs: 100 });
    expect([kinds, got === next, next === (recorded as unknown)]).toEqual([['cpu', 'cpu', 'heap'], true, false]);
    endAgain();
  });

  test('that another hook adds gets the next ones', async () => {
    const begun: number[] = [];
    const endFirst = onProfile(() => {
      endFirst();
      ends.push(onProfile(({ startMs }) => begun.push(startMs)));
    });
    await recordProfile({ kind: 'cpu', durationMs: 100 });
    const { startMs } = await recordProfile({ kind: 'cpu', durationMs: 100 });
    expect(begun).toEqual([startMs]);
  });

  test('that fails is told, and neither the others nor the profile suffer', async () => {
    const told: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
    let count = 0;
    ends.push(
      onProfile(() => {
        throw new Error('no room');
      }),
      onProfile(() => Promise.reject(new Error('backend is away'))),
      onProfile(() => {
        throw Object.create(null);
      }),
      onProfile(() => count++),
    );
    expect((await recordProfile({ kind: 'cpu', durationMs: 100 })).kind).toBe('cpu');
    await vi.waitFor(() => expect(told).toHaveLength(3));
    expect(told).toEqual([
      '@sonde/instrument: a hook of profiles failed: no room\n',
      '@sonde/instrument: a hook of profiles failed: [Object: null prototype] {}\n',
      '@sonde/instrument: a hook of profiles failed: backend is away\n',
    ]);
    expect(count).toBe(1);
  });

  test('may have the next one recorded', async () => {
    const next = new Promise<RecordedProfile<'cpu'>>((resolve, reject) => {
      const end = onProfile(() => {
        end();
        recordProfile({ kind: 'cpu', durationMs: 100 }).then(resolve, reject);
      });
    });
    await recordProfile({ kind: 'cpu', durationMs: 100 });
    expect((await next).kind).toBe('cpu');
  });
});
