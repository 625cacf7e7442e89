/**
 * Queries with random damage: SONDE_FUZZ_INPUTS=1000000 SONDE_FUZZ_SEED=7 npx vitest run --project integration test/integration/fuzz-promql.test.ts
 *
 * Whatever comes is either parsed, and then printed and parsed again, or refused with a SondeError; each within a second.
 */
import { expect, test } from 'vitest';
import { SondeError } from '../../src/base/errors.ts';
import { parseExpr } from '../../src/promql/parse.ts';
import { prettyExpr, printExpr } from '../../src/promql/print.ts';
import { parseSeriesLine, parseStartTimesLine } from '../../src/promql/series-notation.ts';

const inputs = Number(process.env['SONDE_FUZZ_INPUTS'] ?? 20_000);
const timeoutMs = 60_000 + inputs;
const seed = Number(process.env['SONDE_FUZZ_SEED'] ?? 1);

const queries: readonly string[] = [
  'sum by (job, "a.b") (rate(http_requests_total{code=~"5..",job!="x"}[5m])) / on(job) group_left(team) count(up) > 0.5',
  'histogram_quantile(0.9, sum without (instance) (rate(latency_bucket[step() + 1m:max_of(range(), 30)] @ end() offset -5m)))',
  '-2 ^ -up{a="\\x41\\u00e9"} offset (5m * 2) or vector(1) unless ignoring(b) {"disk.used", le=`0.5`} # comment',
  'a == bool on() b + fill_left(-1) fill_right(NaN) c atan2 topk(3, d </ 2 >/ 1) and absent(e smoothed @ 1.5)',
  'label_replace(up, "dst", "$1-x", "src", "(.*)") * 0x1F + 1_000.5e-3 - inf % count_values("v", min(x))',
  'info(rate(x[1h30m] anchored), {__name__=~".+_info", k8s=""}) <= limit_ratio(0.5, y[10m:] offset 1d2h @ start())',
];
const series: readonly string[] = [
  'up{a="b", "c.d"=`e`} 1 2.5 _ _x3 stale 0+10x5 -3-1e2x2 Inf {{schema:1 count:3 sum:9 buckets:[1 2] offset:-1}}',
  'h{} {{schema:-53 custom_values:[1 5] buckets:[1 2 3] counter_reset_hint:gauge}}+{{count:2}}x9 {{}}-{{sum:1}}x2',
  'up{a="b"}@st _ -30s -1m-30sx4 0s+1mx3',
];
/** What damage puts in, separated by blanks, and some that a blank could not separate. */
const pieces: readonly string[] = [
  ...'( ) [ ] { } " \' ` \\ # , : = =~ @ ^ - + / < > 5m 1e 0x _ x9 {{ }} é \u{1F98A} \uD83E \0'.split(' '),
  ...'offset by on fill( sum bool step() (((((((( -------- ^^^^ a{1000} (a+)+ .* 5m5m5m 1_1_1'.split(' '),
  ' ',
  '\n',
];

/** Numbers from 0 up to a bound, always the same ones for a seed (xorshift). */
function randomFrom(start: number): (bound: number) => number {
  let state = start * 0x9e3779b1 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

function damage(text: string, random: (bound: number) => number): string {
  let damaged = text;
  for (let times = 1 + random(6); times > 0; times--) {
    const at = random(damaged.length + 1);
    const end = Math.min(damaged.length, at + random(12));
    const piece = pieces[random(pieces.length)] ?? '';
    const kinds = [
      () => damaged.slice(0, at) + piece + damaged.slice(at),
      () => damaged.slice(0, at) + damaged.slice(end),
      () => damaged.slice(0, end) + damaged.slice(at),
      () => damaged.slice(0, at) + piece.repeat(1 + random(40)) + damaged.slice(end),
      () => damaged.slice(at) + damaged.slice(0, at),
    ];
    damaged = kinds[random(kinds.length)]?.() ?? damaged;
  }
  return damaged;
}

/** Throws what is no SondeError. */
function isTaken(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof SondeError) return false;
    throw error;
  }
}

function fuzz(texts: readonly string[], read: (text: string) => void): { taken: number; slowestMs: number } {
  const random = randomFrom(seed);
  let taken = 0;
  let slowestMs = 0;
  for (let i = 0; i < inputs; i++) {
    const text = damage(texts[random(texts.length)] ?? '', random);
    const start = process.cpuUsage();
    if (isTaken(() => read(text))) taken++;
    slowestMs = Math.max(slowestMs, process.cpuUsage(start).user / 1000);
  }
  return { taken, slowestMs };
}

test(
  'damaged queries are parsed or refused, and what is parsed is printed the same again',
  () => {
    const { taken, slowestMs } = fuzz(queries, (text) => {
      const expr = parseExpr(text, { experimental: true });
      const printed = printExpr(expr);
      const again = [printed, prettyExpr(expr)].map((one) => printExpr(parseExpr(one, { experimental: true })));
      if (again.some((one) => one !== printed))
        throw new Error(`${text} is printed as ${printed}, then as ${again.join(' and ')}`);
    });
    expect(taken).toBeGreaterThan(inputs / 100);
    expect(slowestMs).toBeLessThan(1000);
  },
  timeoutMs,
);

test(
  'damaged series are parsed or refused',
  () => {
    const { taken, slowestMs } = fuzz(series, (text) => {
      if (parseStartTimesLine(text) === undefined) parseSeriesLine(text);
    });
    expect(taken).toBeGreaterThan(inputs / 100);
    expect(slowestMs).toBeLessThan(1000);
  },
  timeoutMs,
);

test.each([
  ['operators', 'a+'.repeat(50_000)],
  ['commas', `f(${'1,'.repeat(50_000)}1)`],
  ['durations', `a[${'1m'.repeat(50_000)}X]`],
  ['digits', `${'1'.repeat(100_000)}x`],
  ['underscores', `${'1_'.repeat(50_000)}x`],
  ['quotes', `{a="${'\\"'.repeat(50_000)}`],
  ['comments', '#\n'.repeat(50_000)],
  ['words before a parenthesis', 'fill '.repeat(20_000)],
  ['labels', `sum by (${'a,'.repeat(50_000)}) (x)`],
  ['matchers', `{${'a="b",'.repeat(16_000)}}`],
  ['regexes that repeat', `{a=~"${'a{1000}'.repeat(14_000)}"}`],
  ['long regexes', `{a=~"${'(a|b)*'.repeat(16_000)}"}`],
  ['nested regexes', `{a=~"${'('.repeat(50_000)}${')'.repeat(50_000)}"}`],
  ['numbers in a chain', `1${'+1'.repeat(50_000)}`],
])('100,000 characters of %s take less than a second', (_name, text) => {
  const start = process.cpuUsage();
  isTaken(() => parseExpr(text, { experimental: true }));
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(1000);
});
