#!/usr/bin/env node
// The engine's calls run on libuv's threads, and their number is read before the first of them starts: so this file is
// CommonJS (the module loader of ESM would start them), and sets it before anything else runs.
'use strict';
process.env.UV_THREADPOOL_SIZE ??= '16';
const { join } = require('node:path');
const { existsSync } = require('node:fs');
const { pathToFileURL } = require('node:url');

const main = join(__dirname, '..', 'dist', 'src', 'cli', 'main.js');
if (!existsSync(main)) {
  process.stderr.write('sonde is not built yet. Run: npm run build\n');
  process.exit(1);
}
void import(pathToFileURL(main).href).then(({ run }) => run(process.argv.slice(2)));
