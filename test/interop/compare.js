// Compares what a client says it sent with what Sonde says it has: exactly, and nothing more or less.

/** Levels by severity number, four each; without a number the text decides. */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const levelsByText = { WARNING: 'warn' };

/** By what an item is found again although something in it differs. */
const identity = {
  span: ({ traceId, spanId }) => `${traceId} ${spanId}`,
  log: ({ timeNs, bodyValue, severityText }) => `${timeNs} ${severityText} ${canonical(bodyValue)}`,
  point: ({ name, temporality, timeNs, attributes }) => `${name} ${temporality} ${timeNs} ${canonical(attributes)}`,
};

/** Adds what Sonde derives: the service, the level, and the body as text, but for lists and maps, where the text is Sonde’s own. */
export function complete({ span, log, point }, service) {
  return {
    span: span.map((one) => ({ ...one, service })),
    log: log.map((one) => ({
      ...one,
      service,
      ...(isObject(one.bodyValue) ? {} : { body: String(one.bodyValue ?? '') }),
      level:
        one.severityNumber > 0 ? levels[Math.ceil(one.severityNumber / 4) - 1] : (levelsByText[one.severityText] ?? 'unknown'),
    })),
    point,
  };
}

/** How many items came back equal, and a sentence for each that did not, that is missing, or that was never sent. */
export function compare(expected, actual) {
  const faults = [];
  let passed = 0;
  for (const kind of ['span', 'log', 'point']) {
    const left = groupBy(actual[kind].map(withoutOwnText), canonical);
    const missing = expected[kind].filter((one) => {
      const found = left.get(canonical(one))?.pop();
      if (found !== undefined) passed++;
      return found === undefined;
    });
    const extra = [...left.values()].flat();
    for (const one of missing) {
      const at = extra.findIndex((other) => identity[kind](other) === identity[kind](one));
      const [near] = at === -1 ? [] : extra.splice(at, 1);
      faults.push(
        near === undefined
          ? `missing ${kind}: ${identity[kind](one)}`
          : `${kind} ${identity[kind](one)}: ${differences(one, near).join('; ')}`,
      );
    }
    for (const one of extra) faults.push(`never sent ${kind}: ${identity[kind](one)}`);
  }
  return { passed, faults };
}

function withoutOwnText({ body, ...item }) {
  return body === undefined || isObject(item.bodyValue) ? item : { ...item, body };
}

function differences(expected, actual, path = '') {
  if (canonical(expected) === canonical(actual)) return [];
  if (!isObject(expected) || !isObject(actual)) return [`${path} should be ${canonical(expected)} and is ${canonical(actual)}`];
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...keys].flatMap((key) => differences(expected[key], actual[key], path === '' ? key : `${path}.${key}`));
}

/** JSON with sorted keys; what is undefined is absent. Equal text means equal bits of doubles, but for the sign of zero. */
function canonical(value) {
  return JSON.stringify(value, (_, inner) => (isObject(inner) && !Array.isArray(inner) ? sorted(inner) : inner)) ?? 'absent';
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
