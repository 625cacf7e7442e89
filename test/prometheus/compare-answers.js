// Whether two answers of the HTTP API say the same.

const tolerance = 1e-9;

/**
 * Differences as sentences; none when the answers agree. Errors are compared as errors, not by their words. `nearZero` is a difference
 * that counts as none, besides the relative one.
 */
export function differences(expected, actual, { ordered = false, anyOfEqual = false, nearZero = 0 } = {}) {
  const faultsOf = valueFaults.bind(undefined, nearZero);
  if (expected.status !== actual.status)
    return [`status ${expected.status}, got ${actual.status} ${actual.error ?? ''} (${expected.error ?? ''})`];
  if (expected.status === 'error') {
    return expected.errorType === actual.errorType
      ? []
      : [`error ${expected.errorType}, got ${actual.errorType}: ${actual.error}`];
  }
  const [left, right] = [expected.data, actual.data];
  if (left.resultType !== right.resultType) return [`type ${left.resultType}, got ${right.resultType}`];
  if (left.resultType === 'scalar' || left.resultType === 'string') return faultsOf('', [left.result], [right.result]);
  if (ordered) return orderedFaults(faultsOf, left.result, right.result);
  if (anyOfEqual) return valuesAtTimes(faultsOf, left.result, right.result);
  return seriesFaults(faultsOf, byLabels(left.result), byLabels(right.result));
}

function byLabels(result) {
  return new Map(result.map((series) => [labelsOf(series), series.values ?? [series.value]]));
}

function labelsOf({ metric }) {
  return JSON.stringify(Object.entries(metric).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function seriesFaults(faultsOf, expected, actual) {
  const faults = [];
  for (const [labels, values] of expected) {
    const found = actual.get(labels);
    if (found === undefined) faults.push(`${labels} is missing`);
    else faults.push(...faultsOf(labels, values, found));
  }
  for (const labels of actual.keys()) if (!expected.has(labels)) faults.push(`${labels} should not be there`);
  return faults;
}

function valueFaults(nearZero, labels, expected, actual) {
  if (expected.length !== actual.length) return [`${labels}: ${expected.length} points, got ${actual.length}`];
  const at = expected.findIndex(
    ([time, value], i) => actual[i][0] !== time || !isClose(toNumber(value), toNumber(actual[i][1]), nearZero),
  );
  return at === -1 ? [] : [`${labels}: ${expected[at].join(' ')}, got ${actual[at].join(' ')}`];
}

function isClose(expected, actual, nearZero) {
  if (Number.isNaN(expected) || Number.isNaN(actual)) return Number.isNaN(expected) && Number.isNaN(actual);
  if (expected === actual) return true;
  return Math.abs(expected - actual) <= Math.max(nearZero, tolerance * Math.max(Math.abs(expected), Math.abs(actual)));
}

/** Where the order is part of the answer: series of equal values may change places. */
function orderedFaults(faultsOf, expected, actual) {
  const values = (result) => result.map(({ value }) => [0, value[1]]);
  return [
    ...faultsOf('in order', values(expected), values(actual)),
    ...seriesFaults(faultsOf, byLabels(expected), byLabels(actual)),
  ];
}

/** The values at each time, in order, whichever series they are of. */
function valuesAtTimes(faultsOf, expected, actual) {
  const sorted = (result) =>
    result
      .flatMap((series) => series.values ?? [series.value])
      .toSorted(([a, x], [b, y]) => a - b || toNumber(x) - toNumber(y) || x.localeCompare(y));
  return faultsOf('whichever', sorted(expected), sorted(actual));
}

function toNumber(text) {
  return Number(text.replace('Inf', 'Infinity'));
}
