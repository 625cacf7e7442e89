// @ts-check
/**
 * Where running demos leave the URLs of their servers, so that fault.js finds them: a folder of this user, in it a file for each
 * demo, named after its process. A demo that could not remove its file is known by its process being gone.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

const folder = () => join(tmpdir(), `sonde-demo-${userInfo().uid}`);

/**
 * Leaves the URL of this process's demo.
 * @param {string} url
 */
export function leaveAddress(url) {
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder(), String(process.pid)), url);
}

export function removeAddress() {
  rmSync(join(folder(), String(process.pid)), { force: true });
}

/** The URLs of the demos that run. */
export function readAddresses() {
  try {
    const running = readdirSync(folder()).filter((pid) => isRunning(Number(pid)));
    return running.map((pid) => readFileSync(join(folder(), pid), 'utf8'));
  } catch {
    return [];
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
