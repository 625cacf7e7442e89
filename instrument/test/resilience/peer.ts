/** An HTTP server that fails, is slow or hangs up as a test says, and keeps what reached it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Answer =
  /** Answers with a status, after a while. */
  | { readonly status: number; readonly afterMs?: number; readonly headers?: Readonly<Record<string, string>> }
  /** Ends the connection without a word. */
  | 'hang up'
  /** Says nothing; the test answers, or the client goes. */
  | 'wait';

export interface Peer {
  readonly url: string;
  /** When each request came. */
  readonly arrivedMs: number[];
  /** Requests that wait for an answer. */
  readonly waiting: Set<ServerResponse>;
  /** Requests that the client gave up. */
  readonly given: () => number;
  /** How requests from now on are answered; they are counted from 1. */
  readonly say: (answer: (nth: number, path: string) => Answer) => void;
  readonly stop: () => Promise<void>;
}

export async function startPeer(): Promise<Peer> {
  const arrivedMs: number[] = [];
  const waiting = new Set<ServerResponse>();
  let given = 0;
  let answer: (nth: number, path: string) => Answer = () => ({ status: 200 });
  const server = createServer((request, response) => {
    arrivedMs.push(performance.now());
    response.on('close', () => {
      waiting.delete(response);
      if (!response.writableFinished) given++;
    });
    const said = answer(arrivedMs.length, request.url ?? '');
    if (said === 'hang up') request.socket.destroy();
    else if (said === 'wait') waiting.add(response);
    else void reply(response, said);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivedMs,
    waiting,
    given: () => given,
    say: (next) => (answer = next),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function reply(response: ServerResponse, { status, afterMs, headers }: Exclude<Answer, string>): Promise<void> {
  if (afterMs !== undefined) await sleep(afterMs);
  response.writeHead(status, headers).end('answered');
}

/** Waits until this holds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 5000 && !holds(); tries++) await sleep(2);
  if (!holds()) throw new Error('waited for ten seconds in vain');
}

/** Makes so many calls, a number of them at a time; gives how each ended. */
export async function callAll<T>(
  count: number,
  atOnce: number,
  call: (nth: number) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const ends: PromiseSettledResult<T>[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const nth = next++;
      const [end] = await Promise.allSettled([call(nth)]);
      ends[nth] = end;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return ends;
}

/** The value that this share of the values is at most. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? NaN;
}
