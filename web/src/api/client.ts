/** Asks Sonde's API, on the same origin, and turns every way to fail into one error that a page can show. */
import type { ApiError } from '../../../src/api/sonde/contract.ts';
import { signal } from '@preact/signals';

/** Why a request failed, in words for a person. `code` is the API's, or `network` when no answer came. */
export class RequestError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
    this.status = status;
  }
}

/** How many requests are on their way. */
export const inFlight = signal(0);

/** GETs JSON. Rejects with a RequestError, or with the signal's reason when it was aborted. */
export async function getJson<T>(path: string, abort: AbortSignal): Promise<T> {
  inFlight.value++;
  try {
    const response = await fetch(path, { signal: abort, headers: { accept: 'application/json' } });
    if (!response.ok) throw await refusal(response);
    return (await response.json()) as T;
  } catch (error) {
    if (abort.aborted || error instanceof RequestError) throw error;
    throw new RequestError('network', 0, 'Sonde did not answer. Is it still running, and can this browser reach it?');
  } finally {
    inFlight.value--;
  }
}

async function refusal(response: Response): Promise<RequestError> {
  const text = await response.text();
  const { code, message } = parseRefusal(text);
  return new RequestError(code, response.status, message ?? `Sonde answered ${response.status} ${response.statusText}.`);
}

function parseRefusal(text: string): { code: string; message?: string } {
  try {
    return (JSON.parse(text) as ApiError).error;
  } catch {
    return { code: 'unknown' };
  }
}
