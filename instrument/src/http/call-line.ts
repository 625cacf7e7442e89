/** The log line of a request that a server has answered, within the request's trace. What is in its query is not told: it may be secret. */
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import type { AnyValueMap, Logger } from '@opentelemetry/api-logs';
import { isTold } from '../log/call-log.ts';
import type { CallLog } from '../log/call-log.ts';
import { isoTime } from '../log/iso-time.ts';
import { RequestContext } from '../trace/context.ts';
import { methodName } from './methods.ts';
import type { Call, HttpEnd, HttpServerOptions } from './server.ts';

export function httpLogger(logger: Logger, which: CallLog): HttpServerOptions['log'] {
  return (call, { status, errorType }) => {
    const { span, request } = call;
    const isGood = errorType === undefined && status < 400;
    if (!isTold(which, span.isSampled, isGood) || !logger.enabled()) return;
    const [severityNumber, severityText] = severityOf(isGood, errorType);
    const url = request.url ?? '';
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    logger.emit({
      timestamp: span.endMs,
      severityNumber,
      severityText,
      eventName: 'http.server.request',
      body: `${request.method} ${path} ${status === 0 ? errorType : status}`,
      attributes: attributesOf(call, { status, errorType, path }),
      context: new RequestContext(ROOT_CONTEXT, call),
    });
  };
}

interface Line extends HttpEnd {
  readonly path: string;
}

/** All keys at once, also of what is not known (undefined is not written): an object that grows costs more than all else of a line. */
function attributesOf(call: Call, { status, errorType, path }: Line): AnyValueMap {
  const { span, request } = call;
  return {
    'http.request.method': methodName(request.method),
    'url.scheme': call.scheme,
    'url.path': path,
    'http.route': call.route,
    'http.response.status_code': status === 0 ? undefined : status,
    'error.type': errorType,
    'network.peer.address': request.socket.remoteAddress,
    'http.start_time': isoTime(span.startMs),
    'http.duration_ns': Math.round((span.endMs - span.startMs) * 1e6),
  };
}

function severityOf(isGood: boolean, errorType: string | undefined): [SeverityNumber, string] {
  if (isGood) return [SeverityNumber.INFO, 'INFO'];
  return errorType === undefined ? [SeverityNumber.WARN, 'WARN'] : [SeverityNumber.ERROR, 'ERROR'];
}
