/** Holds the project to its own rules: test/tidy/rules.ts has them, ARCHITECTURE.md explains them. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { apis } from '../src/api/apis.ts';
import { errorCatalogue } from '../src/base/errors.ts';
import { commands } from '../src/cli/commands.ts';
import { protocols } from '../src/ingest/protocols.ts';
import { rollups } from '../src/model/rollups.ts';
import { signals, tables } from '../src/model/signals.ts';
import { settings } from '../src/server/settings.ts';
import {
  bannedText,
  cycles,
  dependencyFaults,
  emptyNames,
  longerThanBudget,
  medianLines,
  namedFilesMissing,
  reExports,
  renderArrows,
  skipsWithoutReason,
  wrongArrows,
} from './tidy/checks.ts';
import { arrows, exceptions, fileLinesMax, lintRules, lintRulesOff, lintRulesOffInTests } from './tidy/rules.ts';
import { blank, readProject, sourcesOf, toSource } from './tidy/source.ts';

const root = join(import.meta.dirname, '..');
const files = readProject(root);
const sources = sourcesOf(files);
const codeFiles = files.filter(({ path }) => /\.(ts|tsx|js|css|go|java|py)$/.test(path));
const textOf = (path: string): string => files.find((file) => file.path === path)?.text ?? '';
const without = (messages: readonly string[], debt: readonly string[]): string[] =>
  messages.filter((message) => !debt.includes(message));

const config = JSON.parse(textOf('.oxlintrc.json')) as LintConfig;
/** Written apart, so that this file does not hold it. */
const laterMark = ['TO', 'DO'].join('');

describe('imports', () => {
  test('go along the arrows', () => expect(without(wrongArrows(sources), exceptions.arrows)).toEqual([]));
  test('make no circles', () => expect(without(cycles(sources), exceptions.cycles)).toEqual([]));
  test('are of the file that declares', () => expect(without(reExports(sources), exceptions.reExports)).toEqual([]));

  test('were read at all', () => {
    const folders = arrows
      .map(({ from }) => from.replace('/*', ''))
      .filter((folder) => codeFiles.some(({ path }) => path.startsWith(`${folder}/`)));
    expect(folders.length).toBeGreaterThan(7);
    expect(folders.filter((folder) => !sources.some(({ path }) => path.startsWith(`${folder}/`)))).toEqual([]);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(50);
  });
});

describe('ARCHITECTURE.md', () => {
  test('shows the table of arrows as it is', () => expect(textOf('ARCHITECTURE.md')).toContain(renderArrows()));

  test('names every folder of src', () => {
    const folders = new Set(
      sources.map(({ path }) => /^src\/[^/]+(?=\/)/.exec(path)?.[0]).filter((folder) => folder !== undefined),
    );
    expect([...folders].filter((folder) => !textOf('ARCHITECTURE.md').includes(`\`${folder}\``))).toEqual([]);
  });
});

describe('files', () => {
  test('keep to their length', () => expect(without(longerThanBudget(codeFiles), exceptions.fileLines)).toEqual([]));
  test('of src have a modest median', () => {
    const own = sources.filter(({ path }) => path.startsWith('src/') && !path.endsWith('.test.ts'));
    expect(medianLines(own)).toBeLessThan(fileLinesMax.medianOfSrc);
  });
  test('switch nothing off, leave nothing for later, name no machine', () => {
    expect(without(bannedText(files, placesOfThisMachine()), exceptions.suppressions)).toEqual([]);
  });
  test('that documents name are there', () => expect(namedFilesMissing(files)).toEqual([]));
  test('say why a test is skipped', () => expect(skipsWithoutReason(sources)).toEqual([]));
  test('have names that say something', () => expect(without(emptyNames(files), exceptions.names)).toEqual([]));
});

describe('dependencies', () => {
  test('are pinned, and each has its reason', () => expect(dependencyFaults(files)).toEqual([]));
  test('are locked without download addresses', () => {
    const locks = files.filter(({ path }) => path.endsWith('package-lock.json'));
    expect(locks.length).toBeGreaterThan(0);
    expect(locks.filter(({ text }) => text.includes('"resolved": "http')).map(({ path }) => path)).toEqual([]);
  });
});

describe('lists', () => {
  test('have a sentence for every record', () => {
    const records: readonly { readonly name: string; readonly doc: string }[] = [
      ...protocols,
      ...apis,
      ...signals,
      ...tables,
      ...tables.flatMap((table) =>
        Object.entries(table.columns).map(([name, column]) => ({ name: `${table.name}.${name}`, doc: column.doc })),
      ),
      ...rollups,
      ...commands,
      ...Object.entries(settings).map(([name, { doc }]) => ({ name, doc })),
      ...Object.entries(errorCatalogue).map(([name, { doc }]) => ({ name, doc })),
    ];
    expect(records.length).toBeGreaterThan(100);
    expect(records.filter(({ doc }) => !/^\S.*\.$/.test(doc)).map(({ name }) => name)).toEqual([]);
  });

  test.each([
    ['src/ingest', 'src/ingest/protocols.ts'],
    ['src/api', 'src/api/apis.ts'],
  ])('of %s names every folder in it', (folder, list) => {
    const folders = new Set(
      sources.map(({ path }) => new RegExp(`^${folder}/[^/]+/`).exec(path)?.[0]).filter((name) => name !== undefined),
    );
    const named = sources.find(({ path }) => path === list)?.imports.map(({ target }) => target.name) ?? [];
    expect(folders.size).toBeGreaterThan(0);
    expect([...folders].filter((name) => !named.some((target) => target.startsWith(name)))).toEqual([]);
  });
});

describe('the linter', () => {
  test('has the rules that the house counts on', () => {
    expect(lintRules.filter((rule) => severity(config.rules[rule]) !== 'error')).toEqual([]);
  });

  test('has them off in the listed places only', () => {
    const off = config.overrides.flatMap(({ files: places, rules }) =>
      Object.keys(rules)
        .filter((rule) => severity(rules[rule]) === 'off')
        .flatMap((rule) => places.map((place) => ({ rule, place }))),
    );
    expect(off.filter((one) => !mayBeOff(one))).toEqual([]);
  });
});

describe('the tidy test itself', () => {
  test('finds a wrong arrow in every form of import', () => {
    expect(arrowFaults('src/base/a.ts', "import { x } from '../model/b.ts';")).toHaveLength(1);
    expect(arrowFaults('src/base/a.ts', "import type { X } from '../model/b.ts';")).toHaveLength(1);
    expect(arrowFaults('src/base/a.ts', "import '../model/b.ts';")).toHaveLength(1);
    expect(arrowFaults('src/base/a.ts', "const b = await import('../model/b.ts');")).toHaveLength(1);
    expect(arrowFaults('src/base/a.ts', "new Worker(new URL('../model/b.ts', import.meta.url));")).toHaveLength(1);
    expect(arrowFaults('src/base/a.ts', "export * from '../model/b.ts';")).toHaveLength(1);
    expect(arrowFaults('src/base/a.ts', "import {\n  x,\n  type Y,\n} from '../model/b.ts';")).toHaveLength(1);
    expect(arrowFaults('src/base/a.ts', "import { readFileSync } from 'node:fs';")).toHaveLength(1);
    expect(arrowFaults('src/ingest/otlp/a.ts', "import { x } from '../loki/b.ts';")).toHaveLength(1);
    expect(arrowFaults('src/server/http.ts', "import { x } from '../engine/embedded.ts';")).toHaveLength(1);
    expect(arrowFaults('web/src/a.ts', "import { x } from '../../src/api/sonde/contract.ts';")).toHaveLength(1);
    expect(arrowFaults('src/nowhere/a.ts', '')).toHaveLength(1);
  });

  test('lets right arrows pass', () => {
    expect(arrowFaults('src/model/a.ts', "import { x } from '../base/b.ts';\nimport { y } from './c.ts';")).toEqual([]);
    expect(arrowFaults('src/ingest/otlp/a.ts', "import type { X } from '../protocol.ts';")).toEqual([]);
    expect(arrowFaults('web/src/a.ts', "import type { X } from '../../src/api/sonde/contract.ts';")).toEqual([]);
    expect(arrowFaults('src/server/main.ts', "import { x } from '../engine/embedded.ts';")).toEqual([]);
    expect(arrowFaults('src/base/a.test.ts', "import { x } from '../model/b.ts';\nimport { test } from 'vitest';")).toEqual([]);
  });

  test('is not misled by text', () => {
    expect(arrowFaults('src/base/a.ts', "// import '../model/b.ts'\n/* import '../model/b.ts' */")).toEqual([]);
    expect(arrowFaults('src/base/a.ts', 'const a = `import ${`"${x}"`} from "../model/b.ts"`;')).toEqual([]);
    expect(arrowFaults('src/base/a.ts', 'const quote = /["\'`]/; const b = "import \'../model/b.ts\'";')).toEqual([]);
    expect(arrowFaults('src/base/a.ts', "const half = a / 2; import '../model/b.ts'; const c = b / 2;")).toHaveLength(1);
    expect(arrowFaults('src/base/a.tsx', "const p = <p>Don't</p>;\nimport '../model/b.ts';")).toHaveLength(1);
    expect(arrowFaults('src/base/a.ts', "const t = `${`// ${{ a: '}' }}`}`;\nimport '../model/b.ts';")).toHaveLength(1);
  });

  test('blanks without moving anything', () => {
    const text = 'const a = `x${b + `y${c}`}z`; // note\nconst d = /[/"]/g, e = "f\\"g";';
    expect(blank(text)).toBe('const a = ` ${b + ` ${c}`} `;        \nconst d = /    /g, e = "    ";');
    for (const { text: original, code } of sources) {
      expect(code.length).toBe(original.length);
      expect(code.split('\n').length).toBe(original.split('\n').length);
    }
  });

  test('finds circles, skips, banned text, empty names and loose versions', () => {
    const a = toSource('src/base/a.ts', "import './b.ts';");
    const b = toSource('src/base/b.ts', "import type { A } from './a.ts';");
    expect(cycles([a, b])).toEqual([
      'src/base/a.ts → src/base/b.ts → src/base/a.ts: a circle; move what both need into a third file',
    ]);
    expect(skipsWithoutReason([toSource('a.test.ts', 'test.skipIf(true)("x")')])).toHaveLength(1);
    expect(skipsWithoutReason([toSource('a.test.ts', 'test.skip("x", run)')])).toHaveLength(1);
    expect(skipsWithoutReason([toSource('a.test.ts', 'if (missing !== undefined) return test.skip(missing);')])).toEqual([]);
    expect(skipsWithoutReason([toSource('a.test.ts', '// No server here.\ntest.skipIf(true)("x")')])).toEqual([]);
    expect(bannedText([{ path: 'a.ts', text: `x\n// ${laterMark} later` }])).toHaveLength(1);
    expect(bannedText([{ path: 'a.ts', text: 'see /srv/build' }], ['/srv/build'])).toHaveLength(1);
    expect(emptyNames([{ path: 'src/base/string-utils.ts', text: '' }])).toHaveLength(1);
    expect(dependencyFaults([{ path: 'x/package.json', text: '{"dependencies":{"a":"^1.0.0"}}' }])).toHaveLength(1);
    expect(
      namedFilesMissing([
        { path: 'docs/a.md', text: 'see `engine/nothing.ts` and `b/c.ts`' },
        { path: 'src/b/c.ts', text: '' },
      ]),
    ).toHaveLength(1);
    expect(longerThanBudget([{ path: 'src/base/a.ts', text: 'x\n'.repeat(401) }])).toHaveLength(1);
    expect(reExports([toSource('src/base/a.ts', "export { x } from './b.ts';")])).toHaveLength(1);
  });
});

/** The checkout's own path, the home folder and the configured registry, where they are long enough to mean something. */
function placesOfThisMachine(): string[] {
  const registry = /\/\/([^/]+)/.exec(process.env['npm_config_registry'] ?? '')?.[1];
  return [root, registry].filter((place) => place !== undefined && /[/.].*[/.]/.test(place)) as string[];
}

interface LintConfig {
  readonly rules: Readonly<Record<string, unknown>>;
  readonly overrides: readonly { readonly files: readonly string[]; readonly rules: Readonly<Record<string, unknown>> }[];
}

function severity(setting: unknown): unknown {
  return Array.isArray(setting) ? (setting as unknown[])[0] : setting;
}

function mayBeOff({ rule, place }: { rule: string; place: string }): boolean {
  const inTests = lintRulesOffInTests.includes(rule) && ['**/*.test.ts', 'test/**', 'bench/**'].includes(place);
  return inTests || (lintRulesOff[rule]?.includes(place) ?? false);
}

function arrowFaults(path: string, text: string): string[] {
  return wrongArrows([toSource(path, text)]);
}
