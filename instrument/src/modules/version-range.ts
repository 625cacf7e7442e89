/** The ranges of versions that instrumentations are made for: comparisons that all hold, such as `>=8.0.3 <9`; `^1.2`; `*`. */

type Version = readonly [major: number, minor: number, patch: number];

/** Whether a version is within one of the ranges. What is no version, or no comparison known here, is not. */
export function isWithin(version: string, ranges: readonly string[]): boolean {
  if (ranges.includes('*')) return true;
  const given = parse(version);
  return (
    given !== undefined &&
    ranges.some((range) =>
      range
        .trim()
        .split(/\s+/)
        .every((comparison) => holds(given, comparison)),
    )
  );
}

/** `8`, `8.0` and `8.0.3`; a prerelease counts as the release that it comes before. */
function parse(text: string): Version | undefined {
  const [, major, minor = '0', patch = '0'] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?$/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function holds(version: Version, comparison: string): boolean {
  const [, operator = '', text = ''] = /^(>=|<=|>|<|=|\^)?(.*)$/.exec(comparison) ?? [];
  const bound = parse(text);
  if (bound === undefined) return false;
  const order = compare(version, bound);
  switch (operator) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '^':
      return order >= 0 && compare(version, afterCaret(bound)) < 0;
    default:
      return order === 0;
  }
}

/** What `^` leaves open ends before the next number that stands first and is not zero. */
function afterCaret([major, minor, patch]: Version): Version {
  if (major > 0) return [major + 1, 0, 0];
  return minor > 0 ? [0, minor + 1, 0] : [0, 0, patch + 1];
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
