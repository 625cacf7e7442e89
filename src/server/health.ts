/**
 * Sonde's own health, in the shape of application/health+json (draft-inadarei-api-health-check): `/health` with its checks,
 * `/health/live` (the process runs), `/health/ready` (it takes and answers requests).
 */
import { toSondeError } from '../base/errors.ts';
import type { HttpResponse, Route } from '../base/http.ts';

export interface HealthState {
  /** False while stopping. */
  readonly ready: () => boolean;
  /** Rejects when the engine does not answer. */
  readonly checkEngine: () => Promise<void>;
  readonly version: string;
}

interface Check {
  readonly status: 'pass' | 'fail';
  readonly time: string;
  readonly observedValue?: number;
  readonly observedUnit?: string;
  readonly output?: string;
}

const engineTimeoutMs = 2000;

export function healthRoutes(state: HealthState): readonly Route[] {
  const route = (path: string, doc: string, handle: () => Promise<HttpResponse>): Route => ({
    method: 'GET',
    path,
    doc,
    listeners: ['main', 'otlp'],
    handle,
    renderError: renderPlainError,
  });
  return [
    route('/health', 'Health with all checks.', async () => {
      const engine = await checkEngine(state);
      const passes = state.ready() && engine.status === 'pass';
      return answer(passes, state.version, { 'engine:responseTime': [engine] });
    }),
    route('/health/live', 'Whether the process runs.', async () => answer(true, state.version, {})),
    route('/health/ready', 'Whether requests are taken.', async () => {
      const engine = await checkEngine(state);
      return answer(state.ready() && engine.status === 'pass', state.version, {});
    }),
  ];
}

async function checkEngine(state: HealthState): Promise<Check> {
  const time = new Date().toISOString();
  const startMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${engineTimeoutMs} ms`)), engineTimeoutMs);
  });
  try {
    await Promise.race([state.checkEngine(), tooLate]);
    return { status: 'pass', time, observedValue: Math.round(performance.now() - startMs), observedUnit: 'ms' };
  } catch (thrown) {
    return { status: 'fail', time, output: (thrown as Error).message };
  } finally {
    clearTimeout(timer);
  }
}

function answer(passes: boolean, version: string, checks: Readonly<Record<string, readonly Check[]>>): HttpResponse {
  return {
    status: passes ? 200 : 503,
    headers: { 'content-type': 'application/health+json', 'cache-control': 'no-store' },
    body: JSON.stringify({ status: passes ? 'pass' : 'fail', serviceId: 'sonde', version, checks }),
  };
}

/** The error shape of paths that belong to no protocol: that of Sonde's own API. */
export function renderPlainError(thrown: unknown): HttpResponse {
  const error = toSondeError(thrown);
  return {
    status: error.status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { code: error.code, message: error.message } }),
  };
}
