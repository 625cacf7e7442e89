/** Sending over the network: a queue for each signal, and what is left in them as the process exits. */
import { AcknowledgedQueue } from './acknowledged-queue.ts';
import type { Exporter, Outlet } from './exporter.ts';
import { SendQueue } from './send-queue.ts';
import { signals } from './signals.ts';
import type { Signal } from './signals.ts';
import type { Transport, Unsent } from './transport.ts';

/** A request is sent when so many bytes wait: an OTLP receiver takes 4 MiB at the least, and a request has its own cost. */
const requestBytesMax = 512 << 10;

export interface OtlpExporterOptions {
  readonly transports: Readonly<Record<Signal, Transport | undefined>>;
  readonly delaysMs: Readonly<Record<'traces' | 'logs', number>>;
  /** Bytes of each signal that may wait while the backend is away. */
  readonly queueBytesMax: number;
  readonly warn: (message: string) => void;
}

export function otlpExporter({ transports, delaysMs, queueBytesMax, warn }: OtlpExporterOptions): Exporter {
  const outlets: Partial<Record<Signal, Outlet>> = {};
  const queues: { readonly transport: Transport; readonly queue: SendQueue }[] = [];
  for (const signal of signals) {
    const transport = transports[signal];
    if (transport === undefined) continue;
    const queue = new SendQueue({ signal, transport, bytesMax: queueBytesMax, warn });
    queues.push({ transport, queue });
    // Metrics are complete when all of them are collected. A request for each record would cost more than all else.
    const delayMs = signal === 'metrics' ? Infinity : Math.max(1, delaysMs[signal]);
    outlets[signal] = { destination: queue, delayMs, requestBytesMax };
  }
  const audits = transports.logs === undefined ? undefined : auditsOf(transports.logs, { queueBytesMax, warn });
  if (audits !== undefined) queues.push(audits);
  return {
    name: 'otlp',
    outlets,
    audits: audits && { destination: audits.destination, delayMs: auditDelayMs, requestBytesMax },
    flushAtExit() {
      const byTransport = new Map<Transport, Unsent[]>();
      for (const { transport, queue } of queues) {
        const unsent = queue.takeUnsent();
        if (unsent.length > 0) byTransport.set(transport, [...(byTransport.get(transport) ?? []), ...unsent]);
      }
      for (const [transport, unsent] of byTransport) transport.sendAtExit?.(unsent);
    },
    close() {
      for (const transport of new Set(queues.map(({ transport }) => transport))) transport.close();
    },
  };
}

/** Somebody waits for each record, so it does not wait for others for long. */
const auditDelayMs = 1;

function auditsOf(transport: Transport, { queueBytesMax, warn }: Pick<OtlpExporterOptions, 'queueBytesMax' | 'warn'>) {
  const destination = new AcknowledgedQueue({ signal: 'logs', transport, bytesMax: queueBytesMax, warn });
  return { destination, transport, queue: destination.queue };
}
