/** One gRPC call as it is told: its span, its metrics and its log line, the same for both sides. */
import { SpanStatusCode } from '@opentelemetry/api';
import { kit } from '../kit.ts';
import type { RequestMetadata } from '../trace/context.ts';
import type { RecordedSpan, Scope } from '../trace/span.ts';
import { measure } from './outcomes.ts';
import type { Outcomes, RpcOutcome, Side, Traffic } from './outcomes.ts';

export const grpcScope: Scope = { name: `${kit.name}/grpc`, version: kit.version, schemaUrl: '' };

/** What a call is known by before it ends. */
export interface RpcStart {
  readonly side: Side;
  /** `package.Service/Method`, or `_OTHER` for one that the server does not know. */
  readonly method: string;
  readonly span: RecordedSpan;
  /** Of whoever is at the other end, as it can be known. */
  readonly peer: string | undefined;
  /** What is known of a server's call besides; undefined for a client's. */
  readonly request: (RequestMetadata & { readonly span: RecordedSpan }) | undefined;
}

/** Where it goes how calls ended. */
export interface RpcTelling {
  readonly outcomes: Outcomes;
  /** Writes the line of a server's call, if there is to be one. */
  readonly log: (rpc: Rpc, outcome: RpcOutcome, details: string) => void;
}

export class Rpc {
  readonly start: RpcStart;
  readonly sent: Traffic = { messages: 0, bytes: 0 };
  readonly received: Traffic = { messages: 0, bytes: 0 };
  private readonly telling: RpcTelling;
  private isEnded = false;

  constructor(start: RpcStart, telling: RpcTelling) {
    this.start = start;
    this.telling = telling;
  }

  messageSent(bytes: number): void {
    this.sent.messages++;
    this.sent.bytes += bytes;
  }

  messageReceived(bytes: number): void {
    this.received.messages++;
    this.received.bytes += bytes;
  }

  /** The first end counts: a call that was cancelled may still be answered. */
  end(code: number, details: string): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const { side, method, span, request } = this.start;
    if (request?.leavesNoTrace === true) return;
    const outcome = this.telling.outcomes.of(side, method, code);
    if (span.isSampled) {
      span.shareAtEnd(outcome.ofSpans);
      if (outcome.isError) span.setStatus({ code: SpanStatusCode.ERROR, message: details });
    }
    span.end();
    const [requests, responses] = side === 'server' ? [this.received, this.sent] : [this.sent, this.received];
    measure(outcome, { span, requests, responses });
    this.telling.log(this, outcome, details);
  }
}
