/**
 * Finds the route of a request: exact paths by a look-up, then paths with `{name}` segments by trying them in order, and only when
 * none fits those that end in `{name...}`.
 */
import type { Route } from '../base/http.ts';

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** What the path answers to when the method does not fit. */
export interface WrongMethod {
  readonly allowed: readonly string[];
  readonly route: Route;
}

interface Pattern {
  readonly segments: readonly string[];
  readonly route: Route;
}

export interface Router {
  find(method: string, path: string): Match | WrongMethod | undefined;
}

/** Makes a router; HEAD is answered by GET routes. */
export function createRouter(routes: readonly Route[]): Router {
  const exact = new Map<string, Route[]>();
  const patterns: Pattern[] = [];
  const openEnded: Pattern[] = [];
  for (const route of routes) {
    if (route.path.endsWith('...}')) openEnded.push({ segments: route.path.split('/'), route });
    else if (route.path.includes('{')) patterns.push({ segments: route.path.split('/'), route });
    else exact.set(route.path, [...(exact.get(route.path) ?? []), route]);
  }
  return {
    find(method, path) {
      const wanted = method === 'HEAD' ? 'GET' : method;
      const matches = (exact.get(path) ?? []).map((route): Match => ({ route, params: {} }));
      if (matches.length === 0) matches.push(...matchPatterns(patterns, path));
      if (matches.length === 0) matches.push(...matchPatterns(openEnded, path));
      const [first] = matches;
      if (first === undefined) return undefined;
      return (
        matches.find(({ route }) => route.method === wanted) ?? {
          allowed: matches.map(({ route }) => route.method),
          route: first.route,
        }
      );
    },
  };
}

function matchPatterns(patterns: readonly Pattern[], path: string): Match[] {
  const segments = path.split('/');
  const matches: Match[] = [];
  for (const { segments: pattern, route } of patterns) {
    const params = matchSegments(pattern, segments);
    if (params !== undefined) matches.push({ route, params });
  }
  return matches;
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const isOpenEnded = pattern.at(-1)?.endsWith('...}') === true;
  if (isOpenEnded ? pattern.length > segments.length : pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const actual = segments[i] ?? '';
    if (expected.endsWith('...}')) {
      params[expected.slice(1, -4)] = segments.slice(i).join('/');
      break;
    }
    if (!expected.startsWith('{')) {
      if (expected !== actual) return undefined;
      continue;
    }
    const value = decodeSegment(actual);
    if (value === undefined || value === '') return undefined;
    params[expected.slice(1, -1)] = value;
  }
  return params;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
