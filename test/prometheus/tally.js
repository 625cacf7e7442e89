// Counts checks, and keeps sentences about those that failed.
import { isDeepStrictEqual } from 'node:util';

const faultsPerCheckMax = 3;
const faultsMax = 25;
const shownLengthMax = 400;

/** `check` takes what is wrong with one thing, as sentences: none when it is right. `end` gives what a part gives. */
export function createTally() {
  let passed = 0;
  let failed = 0;
  const faults = [];
  const check = (name, found) => {
    if (found.length === 0) passed++;
    else {
      failed++;
      faults.push(`${name}: ${found.slice(0, faultsPerCheckMax).join('; ')}`);
    }
  };
  return {
    check,
    equal: (name, expected, actual) =>
      check(name, isDeepStrictEqual(expected, actual) ? [] : [`expected ${show(expected)}, got ${show(actual)}`]),
    end: (summary) => ({ summary, passed, failed, faults: faults.slice(0, faultsMax) }),
  };
}

function show(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}
