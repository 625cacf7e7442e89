// The main job: from an error rate to the database's own words, by clicks alone; and the links between the views.
import { addressOf, arrived, check, seen, until } from './expect.js';

const databaseText = /null value in column "name" of relation "\w+" violates not-null constraint/;

export const cases = [
  {
    name: 'walk: services, error rate, failing traces, one trace, its log, the database’s text, and back',
    run: async ({ page, demo }) => {
      await page.goto(demo.base);
      await page.getByRole('link', { name: /^server: .* failed, show the failing traces/ }).click();
      await arrived(page, /^\/traces\?service=server&status=error$/);
      await seen(page.getByRole('radio', { name: 'Error', checked: true }));
      // The newest: its log record may still be on the way, and comes to the page by itself.
      const first = page.getByRole('table', { name: 'Traces' }).getByRole('link').filter({ hasText: 'POST' }).first();
      await first.click();
      await arrived(page, /^\/traces\/[0-9a-f]{32}/);
      // The page has picked the deepest failing span, whose status is the database's.
      await seen(page.getByRole('region', { name: 'Why it failed' }).getByText(databaseText));
      await seen(page.getByRole('treeitem', { selected: true, name: /INSERT .*failed/ }));
      await page.getByRole('tab', { name: /Logs/ }).click();
      const log = page.getByRole('list', { name: 'Log records' }).getByRole('button', { name: databaseText });
      await log.click();
      await until(
        'the log selects its span',
        () => page.getByRole('treeitem', { selected: true }).getAttribute('aria-label'),
        (name) => name?.startsWith('server') === true,
      );
      await page.goBack();
      await arrived(page, /^\/traces\?service=server&status=error$/);
      await page.goBack();
      await seen(page.getByRole('table', { name: /Services/ }));
      check(addressOf(page) === '/', `the services page, not ${addressOf(page)}`);
    },
  },
  {
    name: 'walk: a log record leads to its trace, and the trace to its logs',
    run: async ({ page, demo }) => {
      await page.goto(`${demo.base}/logs`);
      await page
        .getByRole('button', { name: /^error/ })
        .first()
        .click();
      await arrived(page, /level=error/);
      await page.getByRole('listitem').getByRole('button', { name: databaseText }).first().click();
      await page.getByRole('link', { name: 'Show trace' }).click();
      await arrived(page, /^\/traces\/[0-9a-f]{32}\?span=[0-9a-f]{16}/);
      await page.getByRole('link', { name: 'Logs of this trace' }).click();
      await arrived(page, /^\/logs\?traceId=[0-9a-f]{32}/);
      await seen(page.getByRole('listitem').getByRole('button', { name: databaseText }));
    },
  },
  {
    name: 'walk: a service, its operation’s failing traces, its metrics',
    run: async ({ page, demo }) => {
      await page.goto(demo.base);
      await page
        .getByRole('table', { name: /Services/ })
        .getByRole('link', { name: 'server', exact: true })
        .click();
      await arrived(page, /^\/services\/server$/);
      for (const chart of ['Rate', 'Errors', 'Latency', 'Saturation'])
        await seen(page.getByRole('img', { name: new RegExp(`^${chart} over time`) }));
      await page.getByRole('link', { name: /^POST .*failed, show the failing traces/ }).click();
      await arrived(page, /operation=POST.*status=error/);
      await page.goBack();
      await page
        .getByRole('navigation', { name: /More about server/ })
        .getByRole('link', { name: 'Metrics' })
        .click();
      await arrived(page, /^\/metrics\/\?service=server$/);
      await page.getByRole('searchbox', { name: 'Search metrics' }).fill('HTTP.server');
      const metrics = page.getByRole('table', { name: 'Metrics' });
      await until(
        'the metric alone',
        () => metrics.getByRole('link').allInnerTexts(),
        (names) => names.length > 0 && names.every((name) => name.includes('http.server')),
      );
    },
  },
  {
    name: 'walk: an exemplar on a metric’s chart opens its trace',
    run: async ({ page, demo }) => {
      const name = await metricWithExemplars(demo.base);
      await page.goto(`${demo.base}/metrics/`);
      await page.getByRole('table', { name: 'Metrics' }).getByRole('link', { name, exact: true }).click();
      await seen(page.getByText('Dots are exemplars'));
      const plot = page.locator('.u-over');
      const tip = page.locator('.chart-tip');
      const box = await plot.boundingBox();
      const found = await sweep(page, box, () => tip.isVisible());
      check(found, 'a dot that shows what it is when it is pointed at');
      await page.mouse.down();
      await page.mouse.up();
      await arrived(page, /^\/traces\/[0-9a-f]{32}\?span=/);
    },
  },
  {
    name: 'walk: a metric is split, and a value of the split looked at alone',
    run: async ({ page, demo }) => {
      await page.goto(`${demo.base}/metrics/beasts.call.duration`);
      await page.getByRole('combobox', { name: 'Split by' }).fill('beast');
      await page
        .getByRole('option', { name: /^beast/ })
        .first()
        .click();
      await arrived(page, /by=beast/);
      const series = page.getByRole('table', { name: 'Series' });
      await seen(series.getByRole('row').nth(3));
      await series
        .getByRole('button', { name: /^beast/ })
        .first()
        .click();
      await arrived(page, /attr=beast=/);
      await until(
        'one series is left',
        () => series.getByRole('row').count(),
        (rows) => rows === 2,
      );
    },
  },
  {
    name: 'walk: dragging on a chart zooms, and back undoes it',
    run: async ({ page, demo }) => {
      await page.goto(`${demo.base}/services/server`);
      const plot = page.getByRole('img', { name: /^Rate over time/ }).locator('.u-over');
      const box = await plot.boundingBox();
      await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.9, box.y + 40, { steps: 5 });
      await page.mouse.up();
      await arrived(page, /from=20\d\d-.*to=20\d\d-/);
      const { searchParams } = new URL(page.url());
      const minutes = (Date.parse(searchParams.get('to')) - Date.parse(searchParams.get('from'))) / 60_000;
      check(minutes > 4 && minutes < 5, `about 0.3 × 15 minutes, not ${minutes}`);
      await page.goBack();
      await seen(page.getByRole('button', { name: 'Time range: Last 15 minutes' }));
    },
  },
  {
    name: 'walk: the time range is picked, typed, moved, and travels with every link',
    run: async ({ page, demo }) => {
      await page.goto(demo.base);
      await page.getByRole('button', { name: /^Time range/ }).click();
      await page.getByRole('button', { name: 'Last hour', exact: true }).click();
      await arrived(page, /from=now-1h&to=now/);
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Logs' }).click();
      await arrived(page, /^\/logs\?from=now-1h&to=now/);
      await page.getByRole('button', { name: /^Time range/ }).click();
      await page.getByLabel('From', { exact: true }).fill('nonsense');
      await page.getByRole('button', { name: 'Apply' }).click();
      await seen(page.getByRole('alert').getByText(/Write a time as/));
      await page.getByLabel('From', { exact: true }).fill('now-20m');
      await page.getByRole('button', { name: 'Apply' }).click();
      await arrived(page, /from=now-20m&to=now/);
      await page.getByRole('button', { name: 'Earlier' }).click();
      await arrived(page, /from=20\d\d-/);
    },
  },
  {
    name: 'walk: logs are narrowed by text, service and attribute, each filter taken away by its button',
    run: async ({ page, demo }) => {
      await page.goto(`${demo.base}/logs`);
      await page.getByRole('searchbox', { name: 'Search in the text' }).fill('NULL VALUE');
      await arrived(page, /text=NULL\+VALUE/);
      await seen(page.getByRole('listitem').getByRole('button', { name: databaseText }));
      await page.getByRole('combobox', { name: 'Service' }).fill('serv');
      await page.getByRole('option', { name: 'server' }).click();
      await arrived(page, /service=server/);
      await page.getByRole('combobox', { name: 'Add attribute filter' }).fill('beas');
      await page.getByRole('option', { name: /^beast=/ }).click();
      await page
        .getByRole('option', { name: /^beast=\w+/ })
        .first()
        .click();
      await arrived(page, /attr=beast=\w+/);
      await page.getByRole('button', { name: /^Remove filter beast/ }).click();
      await arrived(page, /^(?!.*attr=)/);
      await page.getByRole('button', { name: 'Clear service' }).click();
      await arrived(page, /^(?!.*service=)/);
    },
  },
  {
    name: 'walk: a list grows, and is as it was left when one comes back to it',
    run: async ({ page, demo }) => {
      await page.goto(`${demo.base}/traces`);
      const rows = page.getByRole('table', { name: 'Traces' }).getByRole('row');
      await until(
        'the first page',
        () => rows.count(),
        (count) => count === 101,
      );
      await page.getByRole('button', { name: 'Load more traces' }).click();
      await until(
        'the second page',
        () => rows.count(),
        (count) => count > 101,
      );
      const grown = await rows.count();
      const list = page.locator('.list-panel');
      await list.evaluate((element) => element.scrollTo(0, 1500));
      await rows.nth(60).getByRole('link').click();
      await arrived(page, /^\/traces\/[0-9a-f]{32}/);
      await page.goBack();
      await until(
        'all rows again',
        () => rows.count(),
        (count) => count === grown,
      );
      const scrolled = await list.evaluate((element) => element.scrollTop);
      check(scrolled > 1000, `the list where it was left, not at ${scrolled}`);
    },
  },
  {
    name: 'walk: Live asks again by itself, and waits while somebody reads',
    run: async ({ page, demo }) => {
      await page.goto(`${demo.base}/logs`);
      const live = page.getByRole('button', { name: 'Refresh by itself' });
      const list = page.getByRole('list', { name: 'Log records' });
      await seen(list);
      const newest = () => list.getByRole('listitem').first().innerText();
      const before = await newest();
      await live.click();
      await seen(page.getByRole('button', { name: 'Refresh by itself', pressed: true }));
      await until('newer records', newest, (text) => text !== before);
      await page.waitForRequest(/\/api\/logs\?/, { timeout: 15_000 });
      await list.getByRole('listitem').nth(2).getByRole('button').click();
      await seen(live.getByText('Paused'));
      await page.keyboard.press('Escape');
      await seen(live.getByText('Live'));
    },
  },
];

/** A histogram of the demo that has exemplars in the last minutes. */
async function metricWithExemplars(base) {
  const { metrics } = await (await fetch(`${base}/api/metrics`)).json();
  for (const { name } of metrics.filter(({ type }) => type.endsWith('histogram'))) {
    const { exemplars } = await (await fetch(`${base}/api/metrics/${encodeURIComponent(name)}?from=now-15m&to=now`)).json();
    if (exemplars.some(({ traceId }) => traceId !== '')) return name;
  }
  throw new Error('No histogram of the demo has exemplars.');
}

/** Moves over a box from the right, where the newest is, until `test` holds. */
async function sweep(page, box, test) {
  for (let x = box.width - 4; x > 0; x -= 6) {
    for (let y = 6; y < box.height; y += 12) {
      await page.mouse.move(box.x + x, box.y + y);
      if (await test()) return true;
    }
  }
  return false;
}
