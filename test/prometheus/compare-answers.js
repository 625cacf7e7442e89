// Whether two answers of the HTTP API say the same.

const tolerance = 1e-9;

/** Differences as sentences; none when the answers agree. Errors are compared as errors, not by their words. */
export function differences(expected, actual, { ordered = false, anyOfEqual = false } = {}) {
  if (expected.status !== actual.status)
    return [`status ${expected.status}, got ${actual.status} ${actual.error ?? ''} (${expected.error ?? ''})`];
  if (expected.status === 'error') {
    return expected.errorType === actual.errorType
      ? []
      : [`error ${expected.errorType}, got ${actual.errorType}: ${actual.error}`];
  }
  const [left, right] = [expected.data, actual.data];
  if (left.resultType !== right.resultType) return [`type ${left.resultType}, got ${right.resultType}`];
  if (left.resultType === 'scalar' || left.resultType === 'string') return valueFaults('', [left.result], [right.result]);
  if (ordered) return orderedFaults(left.result, right.result);
  if (anyOfEqual) return valuesAtTimes(left.result, right.result);
  return seriesFaults(byLabels(left.result), byLabels(right.result));
}

function byLabels(result) {
  return new Map(result.map((series) => [labelsOf(series), series.values ?? [series.value]]));
}

function labelsOf({ metric }) {
  return JSON.stringify(Object.entries(metric).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function seriesFaults(expected, actual) {
  const faults = [];
  for (const [labels, values] of expected) {
    const found = actual.get(labels);
    if (found === undefined) faults.push(`${labels} is missing`);
    else faults.push(...valueFaults(labels, values, found));
  }
  for (const labels of actual.keys()) if (!expected.has(labels)) faults.push(`${labels} should not be there`);
  return faults;
}

function valueFaults(labels, expected, actual) {
  if (expected.length !== actual.length) return [`${labels}: ${expected.length} points, got ${actual.length}`];
  const at = expected.findIndex(([time, value], i) => actual[i][0] !== time || !isClose(toNumber(value), toNumber(actual[i][1])));
  return at === -1 ? [] : [`${labels}: ${expected[at].join(' ')}, got ${actual[at].join(' ')}`];
}

function isClose(expected, actual) {
  if (Number.isNaN(expected) || Number.isNaN(actual)) return Number.isNaN(expected) && Number.isNaN(actual);
  if (expected === actual) return true;
  return Math.abs(expected - actual) <= tolerance * Math.max(Math.abs(expected), Math.abs(actual));
}

/** Where the order is part of the answer: series of equal values may change places. */
function orderedFaults(expected, actual) {
  const values = (result) => result.map(({ value }) => [0, value[1]]);
  return [...valueFaults('in order', values(expected), values(actual)), ...seriesFaults(byLabels(expected), byLabels(actual))];
}

/** The values at each time, in order, whichever series they are of. */
function valuesAtTimes(expected, actual) {
  const sorted = (result) =>
    result
      .flatMap((series) => series.values ?? [series.value])
      .toSorted(([a, x], [b, y]) => a - b || toNumber(x) - toNumber(y) || x.localeCompare(y));
  return valueFaults('whichever', sorted(expected), sorted(actual));
}

function toNumber(text) {
  return Number(text.replace('Inf', 'Infinity'));
}
