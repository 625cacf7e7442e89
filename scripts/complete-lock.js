// Completes package-lock.json with the optional packages of other platforms (prebuilt binaries), which npm leaves out when the
// registry at hand does not carry them: `npm ci` of npm 11 refuses a lock without them, and another platform would not get its
// binary. They are written without a checksum; npm fetches them by name and exact version, on their own platform alone.
//
//   npm install … && node scripts/complete-lock.js
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(path, 'utf8'));

/** By how packages of binaries are named: `…-linux-x64-gnu`, `…-win32-arm64-msvc`, `…-wasm32-wasi`. */
function platformOf(name) {
  const match =
    /(?:^|[-/])(?:(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-(arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64)(?:-(gnu|musl|gnueabihf|musleabihf|eabi|msvc))?|wasm32-wasi)$/.exec(
      name,
    );
  if (match === null) return undefined;
  const [, os, cpu, abi = ''] = match;
  if (os === undefined) return { cpu: ['wasm32'] };
  const libc = os !== 'linux' || abi === '' ? {} : { libc: [abi.startsWith('musl') ? 'musl' : 'glibc'] };
  return { cpu: [cpu], os: [os], ...libc };
}

let added = 0;
const packages = { ...lock.packages };
for (const [at, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (packages[`node_modules/${name}`] !== undefined || packages[`${at}/node_modules/${name}`] !== undefined) continue;
    const platform = platformOf(name);
    if (platform === undefined) throw new Error(`${name}: can not tell its platform by its name`);
    packages[`node_modules/${name}`] = {
      version,
      ...platform,
      ...(entry.dev && { dev: true }),
      license: entry.license,
      optional: true,
    };
    added++;
  }
}
const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added\n`);
