/** How well a name fits what somebody typed: a number from 0 to 1. */

export interface SimilarityOptions {
  /** `subsequence`: all typed characters in order. `jarowinkler`: as a part of the name, or alike by Jaro and Winkler's measure. */
  readonly algorithm: 'subsequence' | 'jarowinkler';
  /** Names below it do not fit; at 0 `jarowinkler` takes parts only. */
  readonly threshold: number;
  readonly caseSensitive: boolean;
}

/** A longer name or search is compared by its start: the measures are quadratic. */
const lengthMax = 200;

/** The best score by any of the searches; undefined for a name that fits none. Without searches every name fits. */
export function scorer(searches: readonly string[], options: SimilarityOptions): (name: string) => number | undefined {
  if (searches.length === 0) return () => 1;
  const fold = (text: string): string => (options.caseSensitive ? text : text.toLowerCase()).slice(0, lengthMax);
  const folded = searches.map(fold);
  return (name) => {
    let best: number | undefined;
    for (const search of folded) {
      const score = scoreOf(search, fold(name), options);
      if (score !== undefined && (best === undefined || score > best)) best = score;
    }
    return best;
  };
}

function scoreOf(search: string, name: string, { algorithm, threshold }: SimilarityOptions): number | undefined {
  const score = algorithm === 'subsequence' ? subsequence(search, name) : partOrJaroWinkler(search, name, threshold);
  return score === undefined || score < threshold ? undefined : score;
}

function partOrJaroWinkler(search: string, name: string, threshold: number): number | undefined {
  if (name.includes(search)) return 1;
  return threshold === 0 ? undefined : jaroWinkler(search, name);
}

/**
 * All characters in their order: 1 for the whole name, less the more the name has besides, and less the more pieces the search
 * lies in. Undefined when a character is missing.
 */
export function subsequence(search: string, name: string): number | undefined {
  if (search === name || search === '') return 1;
  let pieces = 0;
  let at = 0;
  for (let i = 0; i < search.length; i++) {
    const found = name.indexOf(search.charAt(i), at);
    if (found < 0) return undefined;
    if (i === 0 || found !== at) pieces++;
    at = found + 1;
  }
  return (search.length / name.length + 1 / pieces) / 2;
}

/** The measure of Jaro (1989) with Winkler's bonus (1990) for up to four equal characters at the start. */
export function jaroWinkler(a: string, b: string): number {
  const jaro = jaroOf(a, b);
  let shared = 0;
  while (shared < 4 && shared < a.length && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++;
  return jaro + shared * 0.1 * (1 - jaro);
}

function jaroOf(a: string, b: string): number {
  if (a === b) return 1;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Uint8Array(b.length);
  const ofA: string[] = [];
  for (let i = 0; i < a.length; i++) {
    const end = Math.min(b.length, i + reach + 1);
    for (let j = Math.max(0, i - reach); j < end; j++) {
      if (taken[j] === 1 || a.charAt(i) !== b.charAt(j)) continue;
      taken[j] = 1;
      ofA.push(a.charAt(i));
      break;
    }
  }
  if (ofA.length === 0) return 0;
  const ofB = Array.from(taken.keys()).flatMap((j) => (taken[j] === 1 ? [b.charAt(j)] : []));
  const moved = ofA.filter((character, i) => character !== ofB[i]).length / 2;
  return (ofA.length / a.length + ofA.length / b.length + (ofA.length - moved) / ofA.length) / 3;
}
