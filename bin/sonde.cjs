#!/usr/bin/env node
// The engine's calls run on libuv's threads, and their number is read before the first of them starts: so this file is
// CommonJS (the module loader of ESM would start them), and sets it before anything else runs.
//
// V8 collects garbage when its heap and the buffers beside it have grown by a part of the heap. Ours is small and request bodies are
// many: it did so five times a second under load, for a tenth of the processor's time. Now it waits until they are four times the
// heap, which is what it allows at most by itself.
'use strict';
require('node:v8').setFlagsFromString('--heap-growing-percent=300');
process.env.UV_THREADPOOL_SIZE ??= '16';
const path = require('node:path');
const { existsSync } = require('node:fs');
const { pathToFileURL } = require('node:url');

const main = path.join(__dirname, '..', 'dist', 'src', 'cli', 'main.js');
if (!existsSync(main)) {
  process.stderr.write('sonde is not built yet. Run: npm run build\n');
  process.exit(1);
}
void import(pathToFileURL(main).href).then(({ run }) => run(process.argv.slice(2)));
