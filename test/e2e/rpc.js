// gRPC services in the UI: their methods, a call that was refused, latency by method.
import { arrived, check, seen, until } from './expect.js';

const refusal = 'log.v1.CommitLog/Consume UNAUTHENTICATED: nobody has this token';

const calls = [
  {
    name: 'rpc: a service has its methods, and each of them its traces',
    run: async ({ page, logService }) => {
      await page.goto(logService.base);
      const services = page.getByRole('table', { name: /Services/ });
      await services.getByRole('link', { name: 'commit-log', exact: true }).click();
      await arrived(page, /^\/services\/commit-log$/);
      const operations = page.getByRole('table', { name: 'Operations' });
      for (const method of ['Produce', 'Consume', 'ProduceStream', 'ConsumeStream'])
        await seen(operations.getByRole('row', { name: new RegExp(`^log\\.v1\\.CommitLog/${method} server `) }));
      await operations.getByRole('link', { name: 'log.v1.CommitLog/ProduceStream', exact: true }).click();
      await arrived(page, /^\/traces\?service=commit-log&operation=log\.v1\.CommitLog\/ProduceStream/);
      const traces = page.getByRole('table', { name: 'Traces' });
      await traces.getByRole('link').filter({ hasText: 'ProduceStream' }).first().click();
      await arrived(page, /^\/traces\/[0-9a-f]{32}/);
      await bothSides(page);
    },
  },
  {
    name: 'rpc: from the failed share of a client to a refused call, its words, and the line of the server',
    run: async ({ page, logService }) => {
      await page.goto(logService.base);
      await page.getByRole('link', { name: /^commit-log-client: .* failed, show the failing traces/ }).click();
      await arrived(page, /^\/traces\?service=commit-log-client&status=error$/);
      const attribute = page.getByRole('combobox', { name: 'Add attribute filter' });
      await attribute.fill('rpc.resp');
      await page.getByRole('option', { name: /^rpc\.response\.status_code=/ }).click();
      await page.getByRole('option', { name: /=UNAUTHENTICATED/ }).click();
      await arrived(page, /attr=rpc\.response\.status_code=UNAUTHENTICATED/);
      await page.getByRole('table', { name: 'Traces' }).getByRole('link').first().click();
      await arrived(page, /^\/traces\/[0-9a-f]{32}/);
      const why = page.getByRole('region', { name: 'Why it failed' });
      await seen(why.getByText('UNAUTHENTICATED'));
      await seen(why.getByText('nobody has this token'));
      await seen(page.getByRole('treeitem', { selected: true, name: /^commit-log-client .*failed/ }));
      await page.getByRole('tab', { name: /Logs/ }).click();
      await bothSides(page);
      await page.getByRole('list', { name: 'Log records' }).getByRole('button', { name: refusal }).click();
      await until(
        'the line selects the span of the server',
        () => page.getByRole('treeitem', { selected: true }).getAttribute('aria-label'),
        (name) => name?.startsWith('commit-log log.v1.CommitLog/Consume') === true,
      );
    },
  },
  {
    name: 'rpc: a refusal is found in the logs, and leads to the call',
    run: async ({ page, logService }) => {
      await page.goto(`${logService.base}/logs`);
      await page.getByRole('searchbox', { name: 'Search in the text' }).fill('NOBODY');
      await page.getByRole('listitem').getByRole('button', { name: refusal }).first().click();
      await page.getByRole('link', { name: 'Show trace' }).click();
      await arrived(page, /^\/traces\/[0-9a-f]{32}\?span=[0-9a-f]{16}/);
      await seen(page.getByRole('treeitem', { selected: true, name: /^commit-log log\.v1\.CommitLog\/Consume/ }));
    },
  },
  {
    name: 'rpc: latency is split by method',
    run: async ({ page, logService }) => {
      await page.goto(`${logService.base}/metrics/rpc.server.call.duration`);
      await page.getByRole('combobox', { name: 'Split by' }).fill('rpc.m');
      await page.getByRole('option', { name: 'rpc.method' }).click();
      await arrived(page, /by=rpc\.method/);
      const series = page.getByRole('table', { name: 'Series' });
      for (const method of ['Produce', 'Consume'])
        await seen(series.getByRole('button', { name: new RegExp(`log\\.v1\\.CommitLog/${method}$`) }));
      await series.getByRole('button', { name: /log\.v1\.CommitLog\/Produce$/ }).click();
      await arrived(page, /attr=rpc\.method=log\.v1\.CommitLog\/Produce/);
      await until(
        'one series is left',
        () => series.getByRole('row').count(),
        (rows) => rows === 2,
      );
      check((await series.getByRole('row').nth(1).innerText()).includes('ms'), 'its latency');
    },
  },
];

/** They run beside the log service. */
export const cases = calls.map((one) => ({ ...one, of: 'logService' }));

/** The newest trace may have one of its spans on the way, which comes to the page by itself. */
function bothSides(page) {
  return until(
    'both sides of the call',
    () => page.getByRole('treeitem').count(),
    (rows) => rows === 2,
  );
}
