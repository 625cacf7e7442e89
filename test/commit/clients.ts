/**
 * Clients that send OTLP over HTTP and do what the protocol asks of them: on a retryable answer, or none, they send the same
 * bytes again until they are acknowledged.
 */
import { Agent, request as httpRequest } from 'node:http';
import type { Random } from '../otlp/wild-wire.ts';
import type { LoadRequest } from './load.ts';
import { toOtlp } from './otlp-load.ts';
import type { OtlpRequest } from './otlp-load.ts';

export interface Clients {
  /** Requests that were acknowledged, in order. */
  readonly acknowledged: readonly LoadRequest[];
  /** Attempts that were not acknowledged, by HTTP status, 0 for none. */
  readonly refused: ReadonlyMap<number, number>;
  /** What the last one of those said, and when. */
  readonly lastRefusal: { readonly at: string; readonly status: number; readonly body: string };
  /** Where to send from now on; nowhere when undefined. */
  send(to: string | undefined): void;
  /** Begins no new request, and waits until those that are under way are acknowledged. Throws what went wrong. */
  finish(): Promise<void>;
}

export interface ClientOptions {
  readonly count: number;
  readonly rowsMax: number;
  readonly random: Random;
}

const retryMs = 25;
const signals = ['traces', 'logs', 'metrics'] as const;

export function startClients({ count, rowsMax, random }: ClientOptions): Clients {
  const agent = new Agent({ keepAlive: true });
  const acknowledged: LoadRequest[] = [];
  const refused = new Map<number, number>();
  const lastRefusal = { at: '', status: 0, body: '' };
  let target: string | undefined;
  const finishing = new AbortController();

  const untilAcknowledged = async (otlp: OtlpRequest): Promise<void> => {
    for (;;) {
      const { status, body } = target === undefined ? noAnswer : await post(agent, target, otlp);
      if (status === 200 && /^(|\{\})$/.test(body)) return;
      if (![0, 429, 503].includes(status)) throw new Error(`${otlp.path} was answered with ${status}: ${body}`);
      refused.set(status, (refused.get(status) ?? 0) + 1);
      Object.assign(lastRefusal, { at: new Date().toISOString(), status, body });
      await pause();
    }
  };
  const run = async (client: number): Promise<void> => {
    for (let sequence = 0; !finishing.signal.aborted; sequence++) {
      // Ten minutes ago, as rows reach minutes ahead of their request.
      const atMs = Date.now() - 600_000;
      const request = { signal: signals[random(3)] ?? 'traces', client, sequence, rows: 1 + random(rowsMax), atMs };
      await untilAcknowledged(toOtlp(request));
      acknowledged.push(request);
    }
  };
  const running = Promise.all(Array.from({ length: count }, (_, client) => run(client + 1)));
  running.catch(() => undefined);
  return {
    acknowledged,
    refused,
    lastRefusal,
    send: (to) => (target = to),
    finish: async () => {
      finishing.abort();
      await running;
      agent.destroy();
    },
  };
}

interface Answer {
  /** 0 when there was none. */
  readonly status: number;
  readonly body: string;
}

const noAnswer: Answer = { status: 0, body: '' };

function post(agent: Agent, target: string, { path, contentType, body }: OtlpRequest): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = httpRequest(`${target}${path}`, { method: 'POST', agent, headers: { 'content-type': contentType } });
    sent.on('error', () => resolve(noAnswer));
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('error', () => resolve(noAnswer));
      response.on('close', () => resolve(response.complete ? { status: response.statusCode ?? 0, body: text } : noAnswer));
    });
    sent.end(body);
  });
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, retryMs));
}
