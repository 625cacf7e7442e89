// What is shown when there is nothing, when something fails, and when there is very much.
import { arrived, check, gone, seen, until } from './expect.js';
import { sendJson } from './sonde.js';

const spansOfHuge = 100_000;

export const cases = [
  {
    name: 'states: an empty Sonde says how to send data, and gives way when the first comes',
    run: async ({ page, empty }) => {
      await page.goto(empty.base);
      await seen(page.getByRole('heading', { name: 'Sonde is ready. Send it something.' }));
      await page.getByRole('radio', { name: 'Collector' }).click();
      await page.getByRole('button', { name: 'Copy the Collector snippet' }).click();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      check(copied.includes(':4317'), `the address of OTLP over gRPC in the snippet, not ${copied}`);
      await sendJson(`${empty.otlp}/v1/logs`, oneLog('Hello, Sonde'));
      await seen(page.getByRole('table', { name: /Services/ }).getByRole('link', { name: 'hello' }));
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Logs' }).click();
      await seen(page.getByRole('listitem').getByText('Hello, Sonde'));
    },
  },
  {
    name: 'states: nothing matches, and the way out is a button',
    run: async ({ page, demo }) => {
      await page.goto(`${demo.base}/traces?operation=no+such+thing`);
      await seen(page.getByRole('heading', { name: /No trace matches these filters/ }));
      await page.getByRole('link', { name: 'Clear all filters' }).click();
      await seen(page.getByRole('table', { name: 'Traces' }));
      await page.goto(`${demo.base}/nowhere`);
      await seen(page.getByRole('heading', { name: 'There is no such page' }));
    },
  },
  {
    name: 'states: a trace that is not here',
    complaints: ['404'],
    run: async ({ page, demo }) => {
      await page.goto(`${demo.base}/traces/${'f'.repeat(32)}`);
      await seen(page.getByRole('heading', { name: 'This trace is not here' }));
      await seen(page.getByRole('link', { name: 'Logs of this trace' }));
    },
  },
  {
    name: 'states: a refused request is shown in the API’s words',
    complaints: ['400'],
    run: async ({ page, demo }) => {
      await page.goto(`${demo.base}/logs?traceId=not-a-trace`);
      await seen(page.getByRole('alert').getByText(/bad_request, HTTP 400/));
    },
  },
  {
    name: 'states: no answer is said, and trying again helps',
    complaints: ['ERR_INTERNET_DISCONNECTED'],
    run: async ({ page, context, demo }) => {
      await page.goto(demo.base);
      await seen(page.getByRole('table', { name: /Services/ }));
      await context.setOffline(true);
      await page.keyboard.press('r');
      const notice = page.getByRole('alert').getByText('Sonde did not answer');
      await seen(notice);
      await seen(page.getByRole('table', { name: /Services/ }));
      await context.setOffline(false);
      await page.getByRole('button', { name: 'Try again' }).click();
      await gone(notice);
    },
  },
  {
    name: 'states: a trace that has just ended is completed on screen as its spans and log records arrive',
    run: async ({ page, empty }) => {
      const traceId = 'b2'.repeat(16);
      const [root, child] = ['1'.repeat(16), '2'.repeat(16)];
      await sendSpan(empty.otlp, { traceId, spanId: root, name: 'checkout' });
      await page.goto(`${empty.base}/traces/${traceId}`);
      const rows = page.getByRole('tree', { name: 'Spans' }).getByRole('treeitem');
      await until(
        'the first span',
        () => rows.count(),
        (count) => count === 1,
      );
      await page.getByRole('tab', { name: /Logs/ }).click();
      await seen(page.getByText('No log record carries this trace’s id.'));
      await sendSpan(empty.otlp, { traceId, spanId: child, parentSpanId: root, name: 'pay' });
      await sendJson(`${empty.otlp}/v1/logs`, oneLog('The card was refused', { traceId, spanId: child }));
      await seen(page.getByRole('list', { name: 'Log records' }).getByRole('button', { name: 'The card was refused' }));
      await until(
        'the second span',
        () => rows.count(),
        (count) => count === 2,
      );
    },
  },
  {
    name: `states: a trace of ${spansOfHuge} spans opens, scrolls, zooms and is searched`,
    run: async ({ page, empty }) => {
      const traceId = 'a1'.repeat(16);
      await sendHuge(empty.otlp, traceId);
      const startedMs = performance.now();
      await page.goto(`${empty.base}/traces/${traceId}`);
      const tree = page.getByRole('tree', { name: 'Spans' });
      await seen(tree.getByRole('treeitem'));
      const openedMs = performance.now() - startedMs;
      check(openedMs < 10_000, `the trace to open in 10 s, not ${openedMs} ms`);
      check((await tree.getByRole('treeitem').count()) < 100, 'only the rows in view in the document');
      await page.keyboard.press('End');
      await until(
        'the last span',
        () => page.getByRole('treeitem', { selected: true }).getAttribute('id'),
        (id) => id === `span-${spansOfHuge - 1}`,
      );
      await page.getByRole('searchbox', { name: 'Search in this trace' }).fill(`step ${spansOfHuge / 2}`);
      await seen(page.getByRole('status').getByText('1 of 1'));
      const map = page.locator('.minimap');
      const box = await map.boundingBox();
      await page.mouse.move(box.x + box.width * 0.2, box.y + 20);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.4, box.y + 20, { steps: 4 });
      await page.mouse.up();
      await page.getByRole('button', { name: 'Whole time' }).click();
      await gone(page.getByRole('button', { name: 'Whole time' }));
      await page.getByRole('button', { name: 'Collapse all' }).click();
      await until(
        'the groups alone',
        () => tree.getByRole('treeitem').count(),
        (rows) => rows > 1 && rows < 100,
      );
      await arrived(page, /^\/traces\/a1/);
      return `opened in ${Math.round(openedMs)} ms`;
    },
  },
];

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'hello' } }] };

function oneLog(text, ids = {}) {
  const record = {
    timeUnixNano: `${Date.now()}000000`,
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: text },
    ...ids,
  };
  return { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] };
}

/** A span that ends now. */
function sendSpan(otlp, span) {
  const nowMs = Date.now();
  const times = { startTimeUnixNano: `${nowMs - 20}000000`, endTimeUnixNano: `${nowMs}000000` };
  return sendJson(`${otlp}/v1/traces`, {
    resourceSpans: [{ resource, scopeSpans: [{ spans: [{ kind: 2, ...times, ...span }] }] }],
  });
}

/** A root, under it a group for every hundred spans, under those the steps. */
async function sendHuge(otlp, traceId) {
  const startMs = Date.now() - 60_000;
  const id = (n) => n.toString(16).padStart(16, '0');
  const spans = Array.from({ length: spansOfHuge }, (_, i) => {
    const parent = i === 0 ? '' : i % 100 === 1 ? id(1) : id(Math.floor((i - 1) / 100) * 100 + 2);
    const from = BigInt(startMs) * 1_000_000n + BigInt(i) * 1_000_000n;
    const lasts = i === 0 ? spansOfHuge : i % 100 === 1 ? 100 : 1;
    return {
      traceId,
      spanId: id(i + 1),
      ...(parent !== '' && { parentSpanId: parent }),
      name: `step ${i}`,
      kind: 1,
      startTimeUnixNano: String(from),
      endTimeUnixNano: String(from + BigInt(lasts) * 1_000_000n),
      attributes: [{ key: 'step', value: { intValue: String(i) } }],
    };
  });
  for (let from = 0; from < spansOfHuge; from += 5000) {
    await sendJson(`${otlp}/v1/traces`, {
      resourceSpans: [{ resource, scopeSpans: [{ spans: spans.slice(from, from + 5000) }] }],
    });
  }
}
