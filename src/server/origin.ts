/**
 * Which web pages may talk to Sonde. A browser lets any page send requests to loopback, so (1) the Host header must name this
 * machine while Sonde listens on loopback only (a page can not rebind its own name to 127.0.0.1 and read), and (2) answers carry
 * CORS headers for allowed origins alone.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Whether a Host header names this machine: localhost, a name under it, an IP address, or a listed name. */
export function isAllowedHost(host: string | undefined, allowedHosts: readonly string[]): boolean {
  if (host === undefined) return false;
  const name = hostName(host);
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    isIP(name) !== 0 ||
    allowedHosts.includes(name) ||
    allowedHosts.includes('*')
  );
}

/** `host:port` or `[v6]:port` without the port and brackets, in lower case. */
function hostName(host: string): string {
  const lower = host.toLowerCase();
  if (lower.startsWith('[')) return lower.slice(1, lower.indexOf(']'));
  const colon = lower.lastIndexOf(':');
  return colon === -1 ? lower : lower.slice(0, colon);
}

/** Whether an Origin fits a list in which `*` stands for anything, and a trailing `:*` for any port. */
export function isAllowedOrigin(origin: string, allowedOrigins: readonly string[]): boolean {
  return allowedOrigins.some((pattern) => {
    if (pattern === '*' || pattern === origin) return true;
    if (!pattern.endsWith(':*')) return false;
    const stem = pattern.slice(0, -2);
    return origin === stem || (origin.startsWith(`${stem}:`) && /^\d+$/.test(origin.slice(stem.length + 1)));
  });
}

/** The CORS headers for a request, none when it has no Origin or one that is not allowed. */
export function corsHeaders(headers: IncomingHttpHeaders, allowedOrigins: readonly string[]): Record<string, string> {
  const { origin } = headers;
  if (origin === undefined || !isAllowedOrigin(origin, allowedOrigins)) return {};
  const cors: Record<string, string> = { 'access-control-allow-origin': origin, vary: 'Origin' };
  if (headers['access-control-request-method'] !== undefined) {
    cors['access-control-allow-methods'] = 'GET, POST, PUT, DELETE';
    cors['access-control-allow-headers'] = headers['access-control-request-headers'] ?? '';
    cors['access-control-max-age'] = '7200';
  }
  return cors;
}
