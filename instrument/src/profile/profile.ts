/**
 * `@sonde/instrument/profile`: what a process spends its time on, or what holds its memory, recorded while it runs. Profiles are in
 * V8's own formats, which Chrome's DevTools, VS Code and speedscope open.
 */
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import { warn } from '../kit.ts';
import { openSession, profilers } from './profilers.ts';
import type { ProfileFormats } from './profilers.ts';

/** `cpu`: where the time goes, by samples of the stack. `heap`: where what is allocated meanwhile and not yet collected comes from. */
export type ProfileKind = keyof ProfileFormats;

export interface ProfileRequest<K extends ProfileKind = ProfileKind> {
  readonly kind: K;
  /** From 100 ms to 600 000 ms (10 minutes). */
  readonly durationMs: number;
  /** When it is aborted, the profile ends there, with what it has. */
  readonly until?: AbortSignal;
}

/** As JSON, `profile` is a `.cpuprofile` or a `.heapprofile`. */
export type RecordedProfile<K extends ProfileKind = ProfileKind> = {
  readonly [One in K]: {
    readonly kind: One;
    /** When it began, in Unix milliseconds. */
    readonly startMs: number;
    /** How long it took in fact. */
    readonly durationMs: number;
    readonly profile: ProfileFormats[One];
  };
}[K];

export type ProfileHook = (recorded: RecordedProfile) => unknown;

const durationMsMin = 100;
const durationMsMax = 600_000;

interface Profiling {
  /** When the profile that is being recorded ends, in Unix milliseconds: one of each kind at most. */
  readonly endsMs: Map<ProfileKind, number>;
  readonly hooks: Set<ProfileHook>;
}

/** Other copies of this module, such as one that was bundled with the application, share what is in the process. */
const place = Symbol.for('@sonde/instrument/profile');

type Global = typeof globalThis & { [place]?: Profiling };

function profiling(): Profiling {
  return ((globalThis as Global)[place] ??= { endsMs: new Map(), hooks: new Set() });
}

/**
 * Records a profile of this thread, from now on; the promise resolves when the time is over. It needs no kit that runs, and keeps no
 * process alive: one that has nothing else to do ends meanwhile, without the profile.
 *
 * Rejects with a RangeError for a kind or a duration that makes no sense, and with an Error while another profile of the kind is
 * recorded (the message says until when) or when V8 cannot.
 */
export async function recordProfile<K extends ProfileKind>(request: ProfileRequest<K>): Promise<RecordedProfile<K>> {
  const { kind, durationMs } = request;
  checkRequest(request);
  const { endsMs, hooks } = profiling();
  const ends = endsMs.get(kind);
  if (ends !== undefined) {
    throw new Error(`a ${kind} profile is being recorded until ${new Date(ends).toISOString()}, and there is one at a time`);
  }
  endsMs.set(kind, Date.now() + durationMs);
  const recorded = await record(request).finally(() => endsMs.delete(kind));
  // Those of now: a hook may add others.
  const current = Array.from(hooks);
  for (const hook of current) void callHook(hook, recorded as RecordedProfile);
  return recorded;
}

/**
 * Calls the hook with each profile that is recorded from now on, by code or by a signal. A promise that it returns is not waited for;
 * what it throws or rejects is told on stderr. Returns what ends that.
 */
export function onProfile(hook: ProfileHook): () => void {
  const { hooks } = profiling();
  // One of its own, so that who hands the same function over twice can end one of them.
  const own: ProfileHook = (recorded) => hook(recorded);
  hooks.add(own);
  return () => void hooks.delete(own);
}

function checkRequest({ kind, durationMs }: ProfileRequest): void {
  if (!Object.hasOwn(profilers, kind)) {
    throw new RangeError(`kind should be one of ${Object.keys(profilers).join(', ')}, but is ${inspect(kind)}`);
  }
  if (typeof durationMs === 'number' && durationMs >= durationMsMin && durationMs <= durationMsMax) return;
  throw new RangeError(
    `durationMs should be a number from ${durationMsMin} to ${durationMsMax} milliseconds, but is ${inspect(durationMs)}`,
  );
}

async function record<K extends ProfileKind>({ kind, durationMs, until }: ProfileRequest<K>): Promise<RecordedProfile<K>> {
  const session = openSession();
  try {
    await profilers[kind].start(session);
    const [startMs, startedMs] = [Date.now(), performance.now()];
    await pass(durationMs, until);
    const tookMs = Math.round(performance.now() - startedMs);
    return { kind, startMs, durationMs: tookMs, profile: await profilers[kind].stop(session) };
  } finally {
    session.disconnect();
  }
}

/** Resolves after the time, or as soon as the signal is aborted. */
async function pass(durationMs: number, until: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(durationMs, undefined, { ref: false, ...(until !== undefined && { signal: until }) });
  } catch (thrown) {
    if (until?.aborted !== true) throw thrown;
  }
}

async function callHook(hook: ProfileHook, recorded: RecordedProfile): Promise<void> {
  try {
    await hook(recorded);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : inspect(thrown, { customInspect: false });
    warn(`a hook of profiles failed: ${why}`);
  }
}
