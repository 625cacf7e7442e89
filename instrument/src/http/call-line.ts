/** The log line of a request that a server has answered, within the request's trace. What is in its query is not told: it may be secret. */
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import type { Logger } from '@opentelemetry/api-logs';
import { isTold } from '../log/call-log.ts';
import type { CallLog } from '../log/call-log.ts';
import { requestIdOf } from '../trace/request.ts';
import { RequestContext } from '../trace/context.ts';
import { methodName } from './methods.ts';
import type { HttpServerOptions } from './server.ts';

export function httpLogger(logger: Logger, which: CallLog): HttpServerOptions['log'] {
  return (call, { status, errorType }) => {
    const { span, request, route, scheme } = call;
    const isGood = errorType === undefined && status < 400;
    if (!isTold(which, span.isSampled, isGood) || !logger.enabled()) return;
    const [severityNumber, severityText] = severityOf(isGood, errorType);
    const context = new RequestContext(ROOT_CONTEXT, call);
    const [path = ''] = (request.url ?? '').split('?', 1);
    const { remoteAddress } = request.socket;
    logger.emit({
      timestamp: span.endMs,
      severityNumber,
      severityText,
      eventName: 'http.server.request',
      body: `${request.method} ${path} ${status === 0 ? errorType : status}`,
      attributes: {
        'http.request.method': methodName(request.method),
        'url.scheme': scheme,
        'url.path': path,
        ...(route !== undefined && { 'http.route': route }),
        ...(status !== 0 && { 'http.response.status_code': status }),
        ...(errorType !== undefined && { 'error.type': errorType }),
        ...(remoteAddress !== undefined && { 'network.peer.address': remoteAddress }),
        'request.id': requestIdOf(context),
        'http.start_time': new Date(span.startMs).toISOString(),
        'http.duration_ns': Math.round((span.endMs - span.startMs) * 1e6),
      },
      context,
    });
  };
}

function severityOf(isGood: boolean, errorType: string | undefined): [SeverityNumber, string] {
  if (isGood) return [SeverityNumber.INFO, 'INFO'];
  return errorType === undefined ? [SeverityNumber.WARN, 'WARN'] : [SeverityNumber.ERROR, 'ERROR'];
}
