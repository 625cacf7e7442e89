// Finds a Chromium to drive; where there is none, and this is root on a system with apt-get, installs the distribution's.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The path of the browser's program; CHROMIUM names another one. Ends the process with advice when there is none. */
export function findChromium() {
  const known = [process.env['CHROMIUM'], ...places].find((path) => path !== undefined && existsSync(path));
  if (known !== undefined) return known;
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    process.stderr.write('installing chromium …\n');
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', ['update', '-qq'], quiet);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], quiet);
    if (existsSync('/usr/bin/chromium')) return '/usr/bin/chromium';
  }
  process.stderr.write(
    'No Chromium was found. Install it (Debian: apt-get install chromium), or name one: CHROMIUM=/path/to/chromium\n',
  );
  return process.exit(1);
}
