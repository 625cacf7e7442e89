/**
 * Answers requests for health, and no others: `/health` for all, `/health/live`, `/health/ready`, `/health/startup` (`/health/started` is
 * MicroProfile's name for it), and `/health/GROUP` for groups of the service's own. 200 for what passes or warns, 503 for what does
 * not, 500 when it cannot be told.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { captureException } from '../log/exceptions.ts';
import { answeredAs } from './accept.ts';
import type { Answered } from './accept.ts';
import { leaveNoTrace } from './quiet.ts';
import { allGroup } from './service-health.ts';
import type { GroupState } from './service-health.ts';
import { toBody } from './shapes.ts';
import type { About, Shape } from './shapes.ts';
import { isUp } from './status.ts';

/** Who is told more than the status. A function that throws or rejects says no. */
export type Details = 'always' | 'never' | ((request: IncomingMessage) => boolean | Promise<boolean>);

/** Answers the request and returns true when it is for health; else calls `next`, if there is one, and returns false. */
export type Handle = (request: IncomingMessage, response: ServerResponse, next?: () => void) => boolean;

export interface HandleOptions {
  readonly state: (group: string) => Promise<GroupState>;
  /** With `all`. */
  readonly groups: readonly string[];
  readonly path: string;
  readonly shape: Shape;
  readonly details: Details;
  readonly about: About;
}

export function makeHandle(options: HandleOptions): Handle {
  return (request, response, next) => {
    const name = nameIn(urlOf(request, options.path), options.path);
    if (name === undefined) {
      next?.();
      return false;
    }
    leaveNoTrace();
    answer(request, name, options)
      .then((given) => send(response, given))
      .catch(captureException);
    return true;
  };
}

/** Express takes away what a handler is mounted at. Whoever mounts this at `/health` means that of `/health` itself. */
function urlOf(request: IncomingMessage & { readonly baseUrl?: unknown }, path: string): string {
  const { url = '', baseUrl } = request;
  return typeof baseUrl === 'string' && baseUrl.endsWith(path) ? path + url : url;
}

/** The group that is asked for; undefined when the path is not below that of health. */
function nameIn(url: string, base: string): string | undefined {
  if (!url.startsWith(base)) return undefined;
  const [path = ''] = url.slice(base.length).split('?', 1);
  if (path === '' || path === '/') return allGroup;
  if (!path.startsWith('/')) return undefined;
  const name = path.slice(1).replace(/\/$/, '');
  return name === 'started' ? 'startup' : name;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isHead: boolean;
}

async function answer(request: IncomingMessage, name: string, options: HandleOptions): Promise<Answer> {
  const isHead = request.method === 'HEAD';
  if (!options.groups.includes(name)) return plain(404, 'there is no such group\n', isHead);
  if (!isHead && request.method !== 'GET')
    return { ...plain(405, 'GET or HEAD\n', false), headers: { ...text, allow: 'GET, HEAD' } };
  const as = answeredAs(request.headers.accept, options.shape);
  try {
    const [state, isTold] = await Promise.all([options.state(name), mayBeTold(request, options.details)]);
    const groups = name === allGroup ? options.groups.filter((group) => group !== allGroup) : undefined;
    const body = toBody(as.shape, state, isTold ? { about: options.about, groups } : undefined);
    return json(isUp(state.status) ? 200 : 503, as, body, isHead);
  } catch (thrown) {
    captureException(thrown);
    return json(500, as, toBody(as.shape, { status: 'fail', checks: [] }, undefined), isHead);
  }
}

/** What JavaScript may return for a boolean says no, too. */
async function mayBeTold(request: IncomingMessage, details: Details): Promise<boolean> {
  if (typeof details === 'string') return details === 'always';
  try {
    const isTold: unknown = await details(request);
    return isTold === true;
  } catch (thrown) {
    captureException(thrown);
    return false;
  }
}

/** An answer is true for the moment only. */
const uncached = { 'cache-control': 'no-store' };
const text = { ...uncached, 'content-type': 'text/plain; charset=utf-8' };

function plain(status: number, body: string, isHead: boolean): Answer {
  return { status, headers: text, body, isHead };
}

function json(status: number, { mediaType }: Answered, body: object, isHead: boolean): Answer {
  return { status, headers: { ...uncached, 'content-type': mediaType, vary: 'accept' }, body: JSON.stringify(body), isHead };
}

function send(response: ServerResponse, { status, headers, body, isHead }: Answer): void {
  // Somebody else has answered, or nobody waits any more.
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(isHead ? undefined : body);
}
