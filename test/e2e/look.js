// Every page in both themes and two sizes: nothing sticks out, every control has a name, all text can be read.
import { join } from 'node:path';
import { check, seen } from './expect.js';
import { ask } from './sonde.js';

const shots = join(import.meta.dirname, '..', '..', 'test-results', 'e2e');
const pages = [
  { name: 'services', path: () => '/', ready: (page) => page.getByRole('table', { name: /Services/ }) },
  { name: 'service', path: () => '/services/server', ready: (page) => page.getByRole('img', { name: /^Rate over time/ }) },
  { name: 'traces', path: () => '/traces', ready: (page) => page.getByRole('table', { name: 'Traces' }) },
  { name: 'trace', path: async (base) => `/traces/${await failingTrace(base)}`, ready: (page) => page.getByRole('tree') },
  { name: 'logs', path: () => '/logs', ready: (page) => page.getByRole('list', { name: 'Log records' }) },
  { name: 'metrics', path: () => '/metrics/', ready: (page) => page.getByRole('table', { name: 'Metrics' }) },
  {
    name: 'metric',
    path: () => '/metrics/beasts.call.duration?by=beast',
    ready: (page) => page.getByRole('table', { name: 'Series' }),
  },
  {
    name: 'rpc-service',
    of: 'logService',
    path: () => '/services/commit-log',
    ready: (page) => page.getByRole('table', { name: 'Operations' }),
  },
  {
    name: 'rpc-trace',
    of: 'logService',
    path: async (base) => `/traces/${await refusedTrace(base)}`,
    ready: (page) => page.getByRole('tree'),
  },
  { name: 'send', path: () => '/send', ready: (page) => page.getByRole('heading', { name: 'Send data' }) },
];
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
];

export const cases = pages.flatMap((one) =>
  ['dark', 'light'].flatMap((scheme) =>
    sizes.map((view) => ({
      name: `look: ${one.name}, ${scheme}, ${view.width} × ${view.height}`,
      of: one.of,
      scheme,
      view,
      run: async ({ page, ...servers }) => {
        const { base } = servers[one.of ?? 'demo'];
        await page.goto(base + (await one.path(base)));
        await seen(one.ready(page));
        await page.waitForLoadState('networkidle');
        await page.screenshot({ path: join(shots, `${one.name}-${scheme}-${view.width}.png`) });
        check((await page.evaluate(() => document.documentElement.scrollWidth)) <= view.width, 'nothing wider than the window');
        const nameless = await page.evaluate(namelessControls);
        check(nameless.length === 0, `a name for every control; without: ${nameless.join(', ')}`);
        const faint = await page.evaluate(faintText);
        check(faint.length === 0, `a contrast of 4.5 for all text; less: ${faint.join(', ')}`);
      },
    })),
  ),
);

async function failingTrace(base) {
  const { traces } = await ask(`${base}/api/traces?service=server&status=error&limit=1`);
  return traces[0].traceId;
}

async function refusedTrace(base) {
  const { logs } = await ask(`${base}/api/logs?text=nobody&limit=1`);
  return logs[0].traceId;
}

/** Runs in the page: buttons, links and fields that a screen reader could not name. */
function namelessControls() {
  const named = (element) =>
    [
      element.getAttribute('aria-label'),
      element.textContent,
      element.getAttribute('title'),
      element.labels?.[0]?.textContent,
    ].some((text) => (text ?? '').trim() !== '');
  return Array.from(document.querySelectorAll('button, a[href], input, [role="img"]'))
    .filter((element) => !named(element))
    .map((element) => element.outerHTML.slice(0, 120));
}

/** Runs in the page: text whose colour is too near to what is behind it, as the browser has computed both. */
function faintText() {
  const parse = (colour) => {
    const numbers = colour.match(/[\d.]+/g).map(Number);
    const scale = colour.startsWith('color(') ? 255 : 1;
    return [...numbers.slice(0, 3).map((part) => part * scale), numbers[3] ?? 1];
  };
  const over = ([r, g, b, a], [r2, g2, b2]) => [r * a + r2 * (1 - a), g * a + g2 * (1 - a), b * a + b2 * (1 - a), 1];
  const ground = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || element.closest('script, style, noscript, .unseen, .skip') !== null) continue;
    const style = getComputedStyle(element);
    const behind = ground(element);
    const [a, b] = [light(over(parse(style.color), behind)), light(behind)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5 && style.visibility === 'visible' && !element.closest(':disabled'))
      faint.add(`${ratio.toFixed(2)} "${node.data.trim().slice(0, 30)}"`);
  }
  return [...faint].slice(0, 12);
}
