/** Telemetry on stderr for the person in front of it: SONDE_DEBUG, and `console` among the exporters of a signal. */
import type { Destination, Exporter, Outlet, RequestCounts } from '../send/exporter.ts';
import type { Signal } from '../send/signals.ts';
import type { Outcome, Transport } from '../send/transport.ts';
import { logLines } from './log-lines.ts';
import { logsIn, metricsIn, spansIn } from './message.ts';
import { metricLines } from './metric-lines.ts';
import { SpanLines } from './span-lines.ts';
import { startLines } from './start-lines.ts';
import type { StartFacts } from './start-lines.ts';
import { bytesText, colorsOf, durationText, linesOf, margin, noId, timeText } from './text.ts';

/** What is used of `process.stderr`. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly hasColors?: () => boolean;
  readonly write: (text: string) => unknown;
  readonly on: (event: 'error', listener: () => void) => unknown;
  readonly off: (event: 'error', listener: () => void) => unknown;
}

export interface TerminalOptions {
  readonly stream: TerminalStream;
  readonly shown: readonly Signal[];
  /** Whether the kit tells of itself, too. */
  readonly isTalking: boolean;
  readonly toMessage: (signal: Signal, body: Uint8Array) => object;
}

export interface Terminal {
  readonly exporter: Exporter;
  readonly tellStart: (facts: StartFacts) => void;
  /** The same transport, with what becomes of its requests told. */
  readonly watched: (transport: Transport) => Transport;
}

export function makeTerminal({ stream, shown, isTalking, toMessage }: TerminalOptions): Terminal {
  const colors = colorsOf(stream.isTTY === true && stream.hasColors?.() === true);
  const show = (lines: readonly string[]): void => {
    if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
  };
  // Whoever reads may go away (`2>&1 | head`): then nothing is shown, and the application goes on.
  const ignore = (): void => undefined;
  stream.on('error', ignore);
  const tell = (text: string): void => {
    const [first = '', ...more] = linesOf(text);
    const time = timeText(`${Date.now()}000000`);
    show([`${time} ${noId}  ${first}`, ...more.map((line) => `${margin}${line}`)].map(colors.dim));
  };
  const spans = new SpanLines(colors, show);
  const push: Readonly<Record<Signal, (body: Uint8Array) => void>> = {
    traces: (body) => {
      for (const span of spansIn(toMessage('traces', body))) spans.add(span);
    },
    logs: (body) => show(logsIn(toMessage('logs', body)).flatMap((log) => logLines(log, colors))),
    metrics: (body) => {
      const lines = metricLines(metricsIn(toMessage('metrics', body)), colors);
      if (lines.length > 0) tell('metrics');
      show(lines);
    },
  };
  const exporter: Exporter = {
    name: 'terminal',
    outlets: Object.fromEntries(shown.map((signal) => [signal, outletOf(signal, push[signal], spans)])),
    flushAtExit: () => spans.showAll(),
    close() {
      spans.showAll();
      stream.off('error', ignore);
    },
  };
  return {
    exporter,
    tellStart: (facts) => {
      if (isTalking) tell(startLines(facts));
    },
    watched: (transport) => (isTalking ? watched(transport, tell) : transport),
  };
}

/** Metrics are complete when all of them are collected; spans and log records are shown as they come. */
function outletOf(signal: Signal, push: (body: Uint8Array) => void, spans: SpanLines): Outlet {
  const counts: RequestCounts = { sent: 0, refused: 0, givenUp: 0 };
  const destination: Destination = {
    counts,
    push(body) {
      try {
        push(body);
        counts.sent++;
      } catch {
        // Nothing that is only for looking at may reach the application.
        counts.refused++;
      }
    },
    flush() {
      spans.showAll();
      return Promise.resolve(true);
    },
  };
  return { destination, delayMs: signal === 'metrics' ? Infinity : 0, requestBytesMax: 1 << 20 };
}

function watched(transport: Transport, tell: (line: string) => void): Transport {
  const { send, sendAtExit, close } = transport;
  return {
    async send(signal, body) {
      const startMs = performance.now();
      const outcome = await send(signal, body);
      tell(`${signal}: ${bytesText(body.length)} ${outcomeText(outcome)} after ${durationText(performance.now() - startMs)}`);
      return outcome;
    },
    ...(sendAtExit !== undefined && {
      sendAtExit(requests) {
        const isSent = sendAtExit(requests);
        const outcome = isSent ? 'sent' : 'perhaps not sent';
        for (const { signal, body } of requests) tell(`${signal}: ${bytesText(body.length)} ${outcome} as the process exits`);
        return isSent;
      },
    }),
    close,
  };
}

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'sent':
      return 'sent';
    case 'refused':
      return `refused (${outcome.why})`;
    case 'later':
      return `not sent yet (${outcome.why})`;
  }
}
