// @ts-check
/** Where a running demo leaves the URL of its server, so that fault.js finds it: that of the demo that was started last. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

const file = () => join(tmpdir(), `sonde-demo-${userInfo().uid}.address`);

/** @param {string} url */
export function leaveAddress(url) {
  writeFileSync(file(), url, { mode: 0o600 });
}

/** Undefined when there is none. */
export function readAddress() {
  try {
    return readFileSync(file(), 'utf8');
  } catch {
    return undefined;
  }
}

export function removeAddress() {
  rmSync(file(), { force: true });
}
