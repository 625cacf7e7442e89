/** The checks of the house: each takes files and gives one message per fault, with the file, the line and the remedy. */
import { posix } from 'node:path';
import { lineAt } from './source.ts';
import { arrows, dependencies, emptyWords, fileLinesMax, longFiles, reserved, testPackages } from './rules.ts';
import type { Arrow } from './rules.ts';
import type { Import, SourceFile, TextFile } from './source.ts';

const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);

/** Imports against the table of arrows. */
export function wrongArrows(files: readonly SourceFile[], table: readonly Arrow[] = arrows): string[] {
  return files.flatMap((file) => {
    if (!file.path.includes('/') || isTest(file.path)) return isTest(file.path) ? wrongInTest(file) : [];
    const arrow = arrowOf(file.path, table);
    if (arrow === undefined)
      return [`${file.path}: no row of the arrow table fits; add one in test/tidy/rules.ts and ARCHITECTURE.md`];
    return file.imports.filter((one) => !allows(arrow, file.path, one)).map((one) => arrowFault(file, one, arrow));
  });
}

function arrowFault(file: SourceFile, one: Import, arrow: Arrow): string {
  const allowed = [...arrow.to, ...arrow.outside].join(', ') || 'nothing';
  return `${file.path}:${one.line}: ${arrow.from} may not import ${one.target.name} (it may import: ${allowed}); move what both need to a folder both may see`;
}

function wrongInTest(file: SourceFile): string[] {
  const outside = file.imports.filter(({ target }) => target.kind === 'package' && !testPackages.includes(target.name));
  const own = (name: string): boolean => arrowOf(file.path, arrows)?.outside.some((entry) => takes(entry, name)) ?? true;
  return outside
    .filter(({ target }) => !own(target.name))
    .map(
      ({ line, target }) =>
        `${file.path}:${line}: this test may not import ${target.name}; list it in testPackages of test/tidy/rules.ts`,
    );
}

/** The row with the longest `from` that fits. */
function arrowOf(path: string, table: readonly Arrow[]): Arrow | undefined {
  const fitting = table.filter(({ from }) => isUnder(path, from));
  return fitting.toSorted((a, b) => b.from.length - a.from.length)[0];
}

function allows(arrow: Arrow, path: string, one: Import): boolean {
  const { kind, name } = one.target;
  if (kind === 'package') return arrow.outside.some((entry) => takes(entry, name));
  if (reserved[name] !== undefined && path.startsWith('src/') && !reserved[name].includes(path)) return false;
  if (isUnder(name, ownFolder(arrow, path))) return true;
  return arrow.to.some((entry) => {
    const typesOnly = entry.startsWith('types of ');
    return isUnder(name, typesOnly ? entry.slice('types of '.length) : entry) && (!typesOnly || one.typeOnly);
  });
}

/** `packages of x/package.json` takes any package: knip sees to it that the manifest names it. */
function takes(entry: string, name: string): boolean {
  return entry === name || (entry.startsWith('packages of ') && name !== 'node');
}

function ownFolder(arrow: Arrow, path: string): string {
  return path.split('/').slice(0, arrow.from.split('/').length).join('/');
}

/** Whether a path is `place`, or in it; `folder/*` takes what is in a folder of that folder. */
function isUnder(path: string, place: string): boolean {
  if (!place.endsWith('/*')) return path === place || path.startsWith(`${place}/`);
  const folder = place.slice(0, -1);
  return path.startsWith(folder) && path.slice(folder.length).includes('/');
}

/** The table as ARCHITECTURE.md shows it. */
export function renderArrows(table: readonly Arrow[] = arrows): string {
  const rows = table.map(({ from, to, outside }) => `| \`${from}\` | ${renderCell(to)} | ${renderCell(outside)} |`);
  return ['| folder | may import | from outside |', '|---|---|---|', ...rows].join('\n');
}

function renderCell(entries: readonly string[]): string {
  return entries.map((entry) => entry.replace(/[^ ]*$/, '`$&`')).join(', ') || '–';
}

/** Circles of files that import each other, type imports included. */
export function cycles(files: readonly SourceFile[]): string[] {
  const targets = new Map(files.map((file) => [file.path, file.imports.map(({ target }) => target.name)]));
  const found: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    if (state.get(path) === 'done' || !targets.has(path)) return;
    if (state.get(path) === 'open') {
      found.push(`${[...trail.slice(trail.indexOf(path)), path].join(' → ')}: a circle; move what both need into a third file`);
      return;
    }
    state.set(path, 'open');
    trail.push(path);
    for (const target of targets.get(path) ?? []) visit(target);
    trail.pop();
    state.set(path, 'done');
  };
  for (const { path } of files) visit(path);
  return found;
}

export function longerThanBudget(files: readonly TextFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = lineCount(text);
    const max = longFiles.some((pattern) => pattern.test(path)) ? fileLinesMax.long : fileLinesMax.any;
    return lines > max ? [`${path}: ${lines} lines, the budget is ${max}; split it by what its parts are about`] : [];
  });
}

export function medianLines(files: readonly TextFile[]): number {
  const lines = files.map(({ text }) => lineCount(text)).toSorted((a, b) => a - b);
  return lines[Math.floor(lines.length / 2)] ?? 0;
}

function lineCount(text: string): number {
  return text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
}

/** What no file may hold, with the remedy. Written so that this file does not hold it either. */
const banned: readonly { readonly pattern: RegExp; readonly remedy: string }[] = [
  {
    pattern: /\b(?:ox|es)lint-(?:disable|enable)/g,
    remedy: 'mend what the linter says, or change the rule for all in .oxlintrc.json',
  },
  { pattern: /@ts-(?:ignore|nocheck|expect-error)/g, remedy: 'give the value its type' },
  { pattern: /\b(?:TO[D]O|FIX[M]E|XX[X])\b/g, remedy: 'do it now, or say what is not there in the README' },
  { pattern: /(?:\/home|\/Users)\/\w+\//g, remedy: 'use a path relative to the project' },
  {
    pattern: /registry\.(?:npmjs|yarnpkg)\.|files\.pythonhosted\.|proxy\.golang\.|repo1?\.maven\.|deb\.debian\./g,
    remedy: 'leave the registry to the configuration of the machine',
  },
];

export function bannedText(files: readonly TextFile[], places: readonly string[] = []): string[] {
  const ofPlaces = places.map((place) => ({
    pattern: literally(place),
    remedy: 'keep names of this machine out of the project',
  }));
  return files.flatMap(({ path, text }) =>
    [...banned, ...ofPlaces].flatMap(({ pattern, remedy }) =>
      [...text.matchAll(pattern)].map((match) => `${path}:${lineAt(text, match.index)}: holds "${match[0]}"; ${remedy}`),
    ),
  );
}

function literally(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`), 'g');
}

/** Files that documents name, from the root or from src; decisions are history and may name what is gone. */
export function namedFilesMissing(files: readonly TextFile[]): string[] {
  const paths = new Set(files.map(({ path }) => path));
  const documents = files.filter(({ path }) => path.endsWith('.md') && !path.startsWith('docs/decisions/'));
  return documents.flatMap(({ path, text }) =>
    [...text.matchAll(/[`(]((?:[\w-]+\/)+[\w.-]+\.(?:ts|js|cjs|md|json))[`)]/g)]
      .filter(([, name = '']) => ![name, `src/${name}`, posix.join(posix.dirname(path), name)].some((place) => paths.has(place)))
      .map((match) => `${path}:${lineAt(text, match.index)}: there is no ${match[1]}; say where that is now`),
  );
}

/** Skips that depend on the machine need their reason in a comment just above; `test.skip(reason)` in a running test brings its own. */
export function skipsWithoutReason(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text, code }) =>
    [...code.matchAll(/\.(?:skipIf|runIf|(?:skip|todo|fails)(?=\s*\(\s*['"`]))\s*\(/g)].flatMap((match) => {
      const line = lineAt(text, match.index);
      const above = text.split('\n').slice(Math.max(0, line - 4), line - 1);
      const isExplained = above.some((one) => /^\s*\/[/*]+ \S/.test(one));
      return isExplained ? [] : [`${path}:${line}: a skipped test; write the reason in a comment just above`];
    }),
  );
}

export function reExports(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter(({ reExport }) => reExport)
      .map(({ line, specifier }) => `${file.path}:${line}: passes on what ${specifier} exports; let users import it from there`),
  );
}

export function emptyNames(files: readonly TextFile[]): string[] {
  const inPath = files.flatMap(({ path }) => {
    const word = path.split(/[/._-]/).find((part) => emptyWords.includes(part.toLowerCase()));
    return word === undefined ? [] : [`${path}: "${word}" says nothing; name it after what is in it`];
  });
  const exported = /^export (?:abstract |async )?(?:class|function|const|interface|type) (\w*(?:Utils?|Helpers?|Manager))\b/gm;
  const inCode = files.flatMap((file) =>
    [...file.text.matchAll(exported)].map(
      (match) => `${file.path}:${lineAt(file.text, match.index)}: ${match[1]} says nothing; name what it does`,
    ),
  );
  return [...inPath, ...inCode];
}

/** Runtime dependencies against the list with reasons; every version an exact one. */
export function dependencyFaults(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path }) => posix.basename(path) === 'package.json')
    .flatMap(({ path, text }) => manifestFaults(path, text));
}

function manifestFaults(path: string, text: string): string[] {
  type Versions = Readonly<Record<string, string>>;
  const manifest = JSON.parse(text) as Partial<Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Versions>>;
  const runtime: Versions = { ...manifest.dependencies, ...manifest.optionalDependencies };
  const faults: string[] = [];
  for (const [name, version] of Object.entries({ ...runtime, ...manifest.devDependencies })) {
    if (!/^(?:npm:[\w@/.-]+@)?\d+\.\d+\.\d+[\w.-]*$/.test(version))
      faults.push(`${path}: ${name} is ${version}; pin an exact version`);
  }
  const listed = dependencies[path];
  if (listed === undefined) return faults;
  for (const name of Object.keys(runtime)) {
    if (!Object.keys(listed).some((entry) => covers(entry, name)))
      faults.push(`${path}: ${name} has no reason in test/tidy/rules.ts; do we need it?`);
  }
  for (const name of Object.keys(listed)) {
    if (!Object.keys(runtime).some((one) => covers(name, one)))
      faults.push(`${path}: ${name} is gone; drop its line in test/tidy/rules.ts`);
  }
  return faults;
}

function covers(entry: string, name: string): boolean {
  return entry === name || (entry.endsWith('/*') && name.startsWith(entry.slice(0, -1)));
}
