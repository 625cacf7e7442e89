// Everything frequent without a mouse.
import { arrived, check, gone, seen, until } from './expect.js';

const selected = (page) => page.getByRole('treeitem', { selected: true }).getAttribute('id');

export const cases = [
  {
    name: 'keyboard: the pages, the help, and search',
    run: async ({ page, demo }) => {
      await page.goto(demo.base);
      await seen(page.getByRole('table', { name: /Services/ }));
      for (const [key, path] of [
        ['t', /^\/traces/],
        ['l', /^\/logs/],
        ['m', /^\/metrics\//],
        ['s', /^\/$/],
      ]) {
        await page.keyboard.press('g');
        await page.keyboard.press(key);
        await arrived(page, path);
      }
      await page.keyboard.press('?');
      const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
      await seen(help.getByText('Go to Traces'));
      await page.keyboard.press('Escape');
      await gone(help);
      await page.keyboard.press('g');
      await page.keyboard.press('l');
      const field = page.getByRole('searchbox', { name: 'Search in the text' });
      await seen(field);
      await page.keyboard.press('/');
      await page.keyboard.type('unicorn t');
      await arrived(page, /text=unicorn\+t/);
      await page.keyboard.press('Escape');
      check(!(await field.evaluate((element) => element === document.activeElement)), 'Escape to leave the field');
    },
  },
  {
    name: 'keyboard: a letter that is typed as soon as a field is there is kept',
    run: async ({ page, demo }) => {
      await page.goto(demo.base);
      await seen(page.getByRole('table', { name: /Services/ }));
      // Within the page: a key from here would come after the first frame, as most people's would.
      await page.evaluate(() => {
        new MutationObserver((_, observer) => {
          const field = document.querySelector('[role=searchbox]');
          if (field === null) return;
          observer.disconnect();
          field.value = 'u';
          field.focus();
          field.dispatchEvent(new Event('input', { bubbles: true }));
        }).observe(document.body, { childList: true, subtree: true });
      });
      await page.keyboard.press('g');
      await page.keyboard.press('l');
      await seen(page.locator('[role=searchbox]:focus'));
      await page.keyboard.type('nicorn');
      await arrived(page, /text=unicorn$/);
    },
  },
  {
    name: 'keyboard: from the list of services to a span of a trace',
    run: async ({ page, demo }) => {
      await page.goto(demo.base);
      await seen(page.getByRole('table', { name: /Services/ }));
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('k');
      await page.keyboard.press('Enter');
      await arrived(page, /^\/services\/\w+/);
      await page.goto(`${demo.base}/traces?service=server&status=error`);
      await seen(page.getByRole('table', { name: 'Traces' }));
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await arrived(page, /^\/traces\/[0-9a-f]{32}/);
      await seen(page.getByRole('tree', { name: 'Spans' }));
      await page.keyboard.press('Home');
      await until(
        'the first span',
        () => selected(page),
        (id) => id === 'span-0',
      );
      await page.keyboard.press('ArrowDown');
      await until(
        'the second span',
        () => selected(page),
        (id) => id === 'span-1',
      );
      await page.keyboard.press('k');
      await page.keyboard.press('ArrowLeft');
      await until(
        'its children hidden',
        () => page.getByRole('treeitem').count(),
        (rows) => rows === 1,
      );
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('e');
      await until(
        'the next failed span',
        () => page.getByRole('treeitem', { selected: true }).getAttribute('aria-label'),
        (name) => name.endsWith('failed'),
      );
      await page.getByRole('tab', { name: 'Span' }).focus();
      await page.keyboard.press('ArrowRight');
      await seen(page.getByRole('tab', { name: /Logs/, selected: true }));
      await page.keyboard.press('/');
      await page.keyboard.type('INSERT');
      await seen(page.getByRole('status').getByText(/^1 of 1|1 found/));
    },
  },
  {
    name: 'keyboard: time and theme, which is remembered',
    run: async ({ page, demo }) => {
      await page.goto(demo.base);
      await seen(page.getByRole('table', { name: /Services/ }));
      const theme = () => page.evaluate(() => document.documentElement.dataset['theme']);
      check((await theme()) === 'dark', 'the system’s theme');
      await page.keyboard.press('t');
      await until('the light theme', theme, (name) => name === 'light');
      await page.reload();
      await until('the light theme again', theme, (name) => name === 'light');
      await page.emulateMedia({ colorScheme: 'light' });
      await page.keyboard.press('t');
      await until('the dark theme', theme, (name) => name === 'dark');
      await page.keyboard.press('t');
      await page.emulateMedia({ colorScheme: 'dark' });
      await until('the system followed again', theme, (name) => name === 'dark');
      await page.keyboard.press('[');
      await arrived(page, /from=20\d\d-/);
      const asked = page.waitForRequest(/\/api\/services\?/);
      await page.keyboard.press('r');
      await asked;
    },
  },
];
