/** Hooks that keep a page's data in step with its address. A request that is no longer wanted is cancelled. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { refreshes } from '../state/range.ts';
import { getJson, RequestError } from './client.ts';
import { nextUrl } from './endpoints.ts';
import { keep, recent } from './recent.ts';

export interface Query<T> {
  /** The latest answer; while the next one is on its way, the one before it. */
  readonly data: T | undefined;
  readonly error: RequestError | undefined;
  readonly loading: boolean;
  readonly retry: () => void;
}

interface State<T> {
  readonly data: T | undefined;
  readonly error: RequestError | undefined;
  readonly loading: boolean;
}

/**
 * Asks for the URL whenever it changes; null asks for nothing. `subject` says what the answer is about: while it stays the
 * same, the last answer stays on screen until the next has come, so that nothing jumps; when it changes, it goes at once.
 * An answer of the last minute is used again, unless answers are not to be kept: large ones, and those that still change.
 */
export function useQuery<T>(url: string | null, subject = '', { keeps = true }: { readonly keeps?: boolean } = {}): Query<T> {
  const [attempt, setAttempt] = useState(0);
  const asked = refreshes.value;
  const [state, setState] = useState<State<T>>(() => {
    const known = url === null ? undefined : (recent(url, Date.now()) as T | undefined);
    return { data: known, error: undefined, loading: url !== null && known === undefined };
  });
  const shown = useRef(subject);
  useEffect(() => {
    const known = url === null ? undefined : (recent(url, Date.now()) as T | undefined);
    const same = shown.current === subject;
    shown.current = subject;
    if (url === null || known !== undefined) {
      setState({ data: known, error: undefined, loading: false });
      return undefined;
    }
    const abort = new AbortController();
    setState((before) => ({ data: same ? before.data : undefined, error: undefined, loading: true }));
    const settle = (data: T): void => {
      if (keeps) keep(url, data, Date.now());
      setState({ data, error: undefined, loading: false });
    };
    getJson<T>(url, abort.signal).then(settle, (error: unknown) => {
      if (abort.signal.aborted) return;
      setState((before) => ({ data: before.data, error: asRequestError(error), loading: false }));
    });
    return () => abort.abort();
  }, [url, subject, attempt, asked]);
  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  const stale = shown.current !== subject;
  return { data: stale ? undefined : state.data, error: stale ? undefined : state.error, loading: state.loading || stale, retry };
}

export interface Pages<Answer> {
  /** The answers so far; none until the first has come. */
  readonly answers: readonly Answer[];
  readonly error: RequestError | undefined;
  readonly loading: boolean;
  /** Asks for the next page; undefined when there is none. */
  readonly more: (() => void) | undefined;
  readonly loadingMore: boolean;
  readonly retry: () => void;
}

interface Later<Answer> {
  readonly after: Answer;
  readonly answers: readonly Answer[];
  readonly error: RequestError | undefined;
  readonly loading: boolean;
}

/** A list that comes in pages: the first by itself, the others when asked for. */
export function usePages<Answer extends { readonly next: string | null }>(url: string, subject: string): Pages<Answer> {
  const first = useQuery<Answer>(url, subject);
  const laterKey = `${url} later`;
  const [later, setLater] = useState(() => recent(laterKey, Date.now()) as Later<Answer> | undefined);
  const abort = useRef<AbortController>(undefined);
  const answer = first.data;
  // Pages after an answer that has been replaced mean nothing any more.
  const current = later !== undefined && later.after === answer ? later : undefined;
  useEffect(() => {
    setLater(recent(laterKey, Date.now()) as Later<Answer> | undefined);
    return () => abort.current?.abort();
  }, [answer]);
  const answers = useMemo(() => (answer === undefined ? [] : [answer, ...(current?.answers ?? [])]), [answer, current?.answers]);
  const next = answers.at(-1)?.next ?? null;
  const more = (): void => {
    if (answer === undefined || next === null || current?.loading === true) return;
    const controller = new AbortController();
    abort.current = controller;
    const before = current?.answers ?? [];
    setLater({ after: answer, answers: before, error: undefined, loading: true });
    const grow = (page: Answer): void => {
      const grown = { after: answer, answers: [...before, page], error: undefined, loading: false };
      keep(laterKey, grown, Date.now());
      setLater(grown);
    };
    getJson<Answer>(nextUrl(url, next), controller.signal).then(grow, (error: unknown) => {
      if (controller.signal.aborted) return;
      setLater({ after: answer, answers: before, error: asRequestError(error), loading: false });
    });
  };
  return {
    answers,
    error: first.error ?? current?.error,
    loading: first.loading,
    more: next === null ? undefined : more,
    loadingMore: current?.loading ?? false,
    retry: first.error === undefined && current?.error !== undefined ? more : first.retry,
  };
}

function asRequestError(error: unknown): RequestError {
  return error instanceof RequestError ? error : new RequestError('unknown', 0, String(error));
}
