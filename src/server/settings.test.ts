import { expect, test } from 'vitest';
import { flagOf, settings, variableOf } from './settings.ts';

function page(): string {
  const rows = Object.entries(settings).map(([name, { kind, default: byDefault, doc }]) => {
    return `| \`${flagOf(name)}\` | \`${variableOf(name)}\` | ${kind.expects} | ${byDefault === '' ? '' : `\`${byDefault}\``} | ${doc} |`;
  });
  return [
    '# Settings',
    '',
    'Each setting is a flag of `sonde serve` and `sonde demo` (`--query-time 30s`), else an environment variable, else a key in the',
    'YAML file that `--config` or `SONDE_CONFIG` names (nested by dashes if you like: `query: { time: 30s }`), else it has its default.',
    'This page is made from the table in `src/server/settings.ts`; after a change there run `npx vitest run -u src/server/settings.test.ts`.',
    '',
    '| setting | variable | expects | default | meaning |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

test('the page in docs is the table', async () => {
  await expect(page()).toMatchFileSnapshot('../../docs/settings.md');
});
