// @ts-check
/** Where a running demo leaves the address of its server, so that fault.js finds it. */
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export const addressFile = join(tmpdir(), `sonde-demo-${userInfo().uid}.address`);
