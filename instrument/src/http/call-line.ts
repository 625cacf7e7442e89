/** The log line of a request that a server has answered, within the request's trace. What is in its query is not told: it may be secret. */
import { SeverityNumber } from '@opentelemetry/api-logs';
import { isTold } from '../log/call-log.ts';
import type { CallLog } from '../log/call-log.ts';
import { isoTime } from '../log/iso-time.ts';
import type { LineKind, ScopedLogger } from '../log/logger.ts';
import type { Outcome } from './outcomes.ts';
import type { HttpServerOptions } from './server.ts';

/** What each line has of its own. */
const keys = ['url.path', 'network.peer.address', 'request.id', 'http.start_time', 'http.duration_ns'];

export function httpLogger(logger: ScopedLogger, which: CallLog): HttpServerOptions['log'] {
  return (call, outcome) => {
    const { span, request, path, connection } = call;
    const isGood = isAnsweredWell(outcome);
    if (!isTold(which, span.isSampled, isGood) || !logger.enabled()) return;
    outcome.line ??= kindOf(logger, outcome);
    logger.emitLine(outcome.line, {
      timeMs: span.endMs,
      body: `${request.method} ${path} ${outcome.status === 0 ? outcome.errorType : outcome.status}`,
      values: [
        path,
        connection.peer.address,
        call.requestId,
        isoTime(span.startMs),
        Math.round((span.endMs - span.startMs) * 1e6),
      ],
      request: call,
    });
  };
}

function kindOf(logger: ScopedLogger, outcome: Outcome): LineKind {
  const [severity, severityText] = severityOf(outcome);
  const attributes = { ...outcome.attributes, 'url.scheme': outcome.scheme };
  return logger.kind({ severity, severityText, eventName: 'http.server.request', attributes }, keys);
}

function isAnsweredWell({ status, errorType }: Outcome): boolean {
  return errorType === undefined && status < 400;
}

function severityOf(outcome: Outcome): [SeverityNumber, string] {
  if (isAnsweredWell(outcome)) return [SeverityNumber.INFO, 'INFO'];
  return outcome.errorType === undefined ? [SeverityNumber.WARN, 'WARN'] : [SeverityNumber.ERROR, 'ERROR'];
}
