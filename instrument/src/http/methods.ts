/** Methods of HTTP as telemetry names them: those of RFC 9110 and RFC 5789; any other is `_OTHER`, so that nobody makes series by sending words. */
const methods = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE', 'QUERY']);

export function methodName(method: string | undefined): string {
  return method !== undefined && methods.has(method) ? method : '_OTHER';
}

/** What a span is called whose route is not known. */
export function spanNameOf(method: string): string {
  return method === '_OTHER' ? 'HTTP' : method;
}
