/** OTLP/HTTP: protobuf and JSON, answered in the encoding of the request. Inflating, CORS and the tenant are the server's. */
import { SondeError } from '../../base/errors.ts';
import type { HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import type { WriteContext } from '../protocol.ts';
import { encodingOf, renderError, renderOutcome } from './responses.ts';
import { services, store } from './services.ts';
import type { OtlpService } from './services.ts';

/** `POST /v1/traces`, `/v1/logs`, `/v1/metrics`, and the last one also where Prometheus takes it. */
export function otlpRoutes(context: WriteContext): readonly Route[] {
  return services.flatMap((service): Route[] => {
    const route: Route = {
      method: 'POST',
      path: `/v1/${service.signal}`,
      doc: `OTLP ${service.signal} in protobuf or JSON.`,
      listeners: ['main', 'otlp'],
      handle: (request) => handle(service, request, context),
      renderError: (error, { headers }) => renderError(error, headers['content-type']),
    };
    if (service.signal !== 'metrics') return [route];
    return [route, { ...route, path: '/prometheus/api/v1/otlp/v1/metrics', listeners: ['main'] }];
  });
}

async function handle(service: OtlpService, request: HttpRequest, context: WriteContext): Promise<HttpResponse> {
  const { tenant, body, headers } = request;
  const contentType = headers['content-type'];
  const encoding = encodingOf(contentType);
  if (encoding === undefined) throw unknownEncoding(contentType);
  const outcome = await store(service, { tenant, protocol: 'otlp_http', encoding: encoding.name, body }, context);
  return renderOutcome(service, outcome, encoding);
}

function unknownEncoding(contentType: string | undefined): SondeError {
  const found = contentType === undefined ? 'none' : JSON.stringify(contentType.slice(0, 100));
  const message = `Expected the content type application/x-protobuf or application/json, found ${found}.`;
  return new SondeError('unsupported_encoding', message);
}
