/** The structured log line of a call that a server has answered, within the call's trace. */
import { SeverityNumber } from '@opentelemetry/api-logs';
import { isTold } from '../log/call-log.ts';
import type { CallLog } from '../log/call-log.ts';
import { isoTime } from '../log/iso-time.ts';
import type { LineKind, ScopedLogger } from '../log/logger.ts';
import type { RpcOutcome } from './outcomes.ts';
import type { Rpc, RpcTelling } from './rpc.ts';

/** What each line has of its own. */
const keys = [
  'network.peer.address',
  'request.id',
  'rpc.start_time',
  'rpc.duration_ns',
  'rpc.request.messages',
  'rpc.request.bytes',
  'rpc.response.messages',
  'rpc.response.bytes',
];

export function rpcLogger(logger: ScopedLogger, which: CallLog): RpcTelling['log'] {
  return (rpc, outcome, details) => {
    const { request, span } = rpc.start;
    const { method, code } = outcome;
    if (request === undefined || !isTold(which, span.isSampled, code === 'OK') || !logger.enabled()) return;
    outcome.line ??= kindOf(logger, outcome);
    logger.emitLine(outcome.line, {
      timeMs: span.endMs,
      body: details === '' || code === 'OK' ? `${method} ${code}` : `${method} ${code}: ${details}`,
      values: valuesOf(rpc),
      request,
    });
  };
}

function valuesOf({ start, received, sent }: Rpc): readonly unknown[] {
  const { peer, request, span } = start;
  const tookNs = Math.round((span.endMs - span.startMs) * 1e6);
  const traffic = [received.messages, received.bytes, sent.messages, sent.bytes];
  return [peer, request?.requestId, isoTime(span.startMs), tookNs, ...traffic];
}

function kindOf(logger: ScopedLogger, outcome: RpcOutcome): LineKind {
  const { method, code } = outcome;
  const [severity, severityText] = severityOf(outcome);
  const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': method, 'rpc.response.status_code': code };
  return logger.kind({ severity, severityText, eventName: 'rpc.server.call', attributes }, keys);
}

function severityOf({ code, isError }: RpcOutcome): [SeverityNumber, string] {
  if (code === 'OK') return [SeverityNumber.INFO, 'INFO'];
  return isError ? [SeverityNumber.ERROR, 'ERROR'] : [SeverityNumber.WARN, 'WARN'];
}
