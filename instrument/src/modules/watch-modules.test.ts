import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchModule, watchPackage } from './watch-modules.ts';
import type { LoadedFile } from './watch-modules.ts';

let folder: string;
let load: NodeJS.Require;
const ends: (() => void)[] = [];
const compile = Reflect.get(Module.prototype, '_compile') as unknown;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sonde-modules-')));
  load = createRequire(join(folder, 'app.js'));
});
afterEach(() => {
  for (const end of ends.splice(0)) end();
  forget();
  rmSync(folder, { recursive: true, force: true });
});

/** As if nothing of the folder had been loaded. */
function forget(): void {
  for (const file of Object.keys(load.cache)) if (file.startsWith(folder)) delete load.cache[file];
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function watched(name: string): LoadedFile[] {
  const seen: LoadedFile[] = [];
  ends.push(
    watchPackage(name, (exports, file) => {
      seen.push(file);
      return exports;
    }),
  );
  return seen;
}

const base = {
  'node_modules/base/package.json': '{"name":"base","version":"1.2.3","main":"./lib"}',
  'node_modules/base/lib/index.js': "exports.inner = require('./inner').name;",
  'node_modules/base/lib/inner.js': "exports.name = 'inner';",
};

test('every file of a package is told of as it was run, with what package.json says', () => {
  write(base);
  const seen = watched('base');
  load('base');
  expect(seen).toEqual([
    { name: 'base', version: '1.2.3', path: 'lib/inner.js', isMain: false },
    { name: 'base', version: '1.2.3', path: 'lib/index.js', isMain: true },
  ]);
});

test('what takes the place of exports is what the package itself and ES modules are given', async () => {
  write({ ...base, 'app.mjs': "import base from 'base'; export const inner = base.inner;" });
  ends.push(watchPackage('base', (exports, { path }) => (path === 'lib/inner.js' ? { name: 'another' } : exports)));
  const { inner } = (await import(join(folder, 'app.mjs'))) as { inner: string };
  expect(inner).toBe('another');
});

test('packages with a scope, and every copy of a package, are told apart by where they are', () => {
  write({
    ...base,
    'node_modules/@scope/base/package.json': '{"version":"7.0.0"}',
    'node_modules/@scope/base/index.js': "exports.copy = require('base');",
    'node_modules/@scope/base/node_modules/base/package.json': '{"version":"2.0.0"}',
    'node_modules/@scope/base/node_modules/base/index.js': '',
    'node_modules/base-more/index.js': '',
    'base/index.js': '',
  });
  const [scoped, plain] = [watched('@scope/base'), watched('base')];
  for (const name of ['@scope/base', 'base', 'base-more', './base']) load(name);
  expect(scoped).toEqual([{ name: '@scope/base', version: '7.0.0', path: 'index.js', isMain: true }]);
  expect(plain.filter(({ isMain }) => isMain).map(({ version }) => version)).toEqual(['2.0.0', '1.2.3']);
});

test('of a package that exports no main module and has no version, files are told of all the same', () => {
  write({
    'node_modules/bare/package.json': '{"exports":{"./part":"./part.js"}}',
    'node_modules/bare/part.js': '',
    'node_modules/odd/package.json': '{"version":7}',
    'node_modules/odd/index.js': '',
  });
  const seen = [watched('bare'), watched('odd')];
  load('bare/part');
  load('odd');
  expect(seen.flat()).toEqual([
    { name: 'bare', version: '', path: 'part.js', isMain: false },
    { name: 'odd', version: '', path: 'index.js', isMain: true },
  ]);
});

test('what was loaded before is told of at once, and what throws is not', () => {
  write({ ...base, 'node_modules/broken/index.js': "throw new Error('broken')" });
  const broken = watched('broken');
  load('base');
  expect(watched('base').map(({ path }) => path)).toEqual(expect.arrayContaining(['lib/index.js', 'lib/inner.js']));
  expect(() => load('broken')).toThrow('broken');
  expect(broken).toEqual([]);
});

test('watching a module is to be given the exports of its main file, until that ends', () => {
  write(base);
  const seen: unknown[] = [];
  const end = watchModule('base', (exports) => seen.push(exports));
  const exports = load('base') as unknown;
  end();
  forget();
  load('base');
  expect(seen).toEqual([exports]);
});

test('the hook is there while somebody watches, and no longer', () => {
  watched('base');
  watched('other');
  ends.pop()?.();
  expect(Reflect.get(Module.prototype, '_compile')).not.toBe(compile);
  ends.pop()?.();
  expect(Reflect.get(Module.prototype, '_compile')).toBe(compile);
});

test('somebody else who hooks later is not undone, and the hook is quiet once nobody watches', () => {
  write(base);
  const seen = watched('base');
  const prototype = Module.prototype as unknown as { _compile: (...args: unknown[]) => unknown };
  const ours = prototype._compile;
  const theirs = function theirs(this: unknown, ...args: unknown[]): unknown {
    return Reflect.apply(ours, this, args);
  };
  prototype._compile = theirs;
  for (const end of ends.splice(0)) end();
  expect(prototype._compile).toBe(theirs);
  load('base');
  expect(seen).toEqual([]);
  prototype._compile = compile as typeof theirs;
});
