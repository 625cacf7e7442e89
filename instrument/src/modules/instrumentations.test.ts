import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyPatches, unhooked, watchLazily } from './instrumentations.ts';
import type { PackagePatch } from './instrumentations.ts';

let folder: string;
let load: NodeJS.Require;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sonde-patches-')));
  load = createRequire(join(folder, 'app.js'));
  const place = join(folder, 'node_modules', 'shop');
  mkdirSync(join(place, 'lib'), { recursive: true });
  writeFileSync(join(place, 'package.json'), '{"version":"2.5.0"}');
  writeFileSync(join(place, 'index.js'), "exports.price = require('./lib/price').price;");
  writeFileSync(join(place, 'lib', 'price.js'), 'exports.price = () => 1;');
});
afterEach(() => {
  for (const file of Object.keys(load.cache)) if (file.startsWith(folder)) delete load.cache[file];
  rmSync(folder, { recursive: true, force: true });
});

interface Priced {
  price: () => number;
}

/** Adds a cent where it is applied. */
function dearer(versions: readonly string[]): PackagePatch {
  const before = new WeakMap<Priced, Priced['price']>();
  return {
    name: 'shop',
    supportedVersions: ['*'],
    files: [
      {
        name: 'shop/lib/price.js',
        supportedVersions: versions,
        patch(exports: Priced) {
          const { price } = exports;
          before.set(exports, price);
          exports.price = () => price() + 0.01;
          return exports;
        },
        unpatch(exports: Priced) {
          exports.price = before.get(exports) ?? exports.price;
        },
      },
    ],
  };
}

test('patches are loaded with the package, applied to the files and versions that they are for, and undone', () => {
  const loads: string[] = [];
  const loadPatches = (): PackagePatch[] => {
    loads.push('shop');
    return [dearer(['>=2 <3']), dearer(['>=3'])];
  };
  const end = watchLazily({ packages: ['shop', 'other'], load: loadPatches, warn: (message) => loads.push(message) });
  expect(loads).toEqual([]);
  expect((load('shop') as Priced).price()).toBe(1.01);
  expect(loads).toEqual(['shop']);
  end();
  expect((load('shop/lib/price.js') as Priced).price()).toBe(1);
});

test('what cannot be loaded, patched or undone is told once, and the package works', () => {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const broken = (what: string) => (): never => {
    throw new Error(`no ${what}`);
  };
  const ends = [
    watchLazily({ packages: ['shop'], load: broken('load'), warn }),
    watchLazily({
      packages: ['shop'],
      load: () => [{ name: 'shop', supportedVersions: ['*'], patch: broken('patch'), files: [] }],
      warn,
    }),
    watchLazily({
      packages: ['shop'],
      load: () => [{ name: 'shop', supportedVersions: ['*'], unpatch: broken('unpatch'), files: [] }],
      warn,
    }),
  ];
  expect((load('shop') as Priced).price()).toBe(1);
  for (const end of ends) end();
  expect(warnings).toEqual([
    'shop/lib/price.js cannot be watched: no load',
    'shop/index.js cannot be watched: no patch',
    'shop may still be watched: no unpatch',
  ]);
});

test('a patch of a main module gives what takes its place, and names of files on Windows are understood', () => {
  const file = { name: 'shop', version: '2.5.0', path: 'lib/price.js', isMain: false };
  const patches: PackagePatch[] = [
    {
      name: 'shop',
      supportedVersions: ['*'],
      patch: () => 'another',
      files: [{ name: String.raw`shop\lib\price.js`, supportedVersions: ['*'], patch: () => 'inner' }],
    },
  ];
  expect(applyPatches(patches, 'own', file)).toBe('inner');
  expect(applyPatches(patches, 'own', { ...file, path: 'index.js', isMain: true })).toBe('another');
  expect(applyPatches(patches, 'own', { ...file, path: 'index.js' })).toBe('own');
  expect(applyPatches(patches, 'own', { ...file, name: 'other' })).toBe('own');
});

test('an instrumentation is made without a hook on require, and that of the application has one', () => {
  const { prototype } = Module as unknown as { prototype: { require: unknown } };
  const before = [prototype.require, Reflect.get(process, 'getBuiltinModule')];
  unhooked(() => new HttpInstrumentation({ enabled: false }));
  expect([prototype.require, Reflect.get(process, 'getBuiltinModule')]).toEqual(before);
  const own = new HttpInstrumentation({ enabled: false });
  const hooked = prototype.require;
  expect(hooked).not.toBe(before[0]);
  // One that the kit makes later leaves it as it is.
  unhooked(() => new HttpInstrumentation({ enabled: false }));
  expect(prototype.require).toBe(hooked);
  [prototype.require] = before;
  Reflect.set(process, 'getBuiltinModule', before[1]);
  expect(own.isEnabled()).toBe(false);
});
