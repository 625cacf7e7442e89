// @ts-check
/**
 * Appends to the log of a folder, eight records at once, until it is killed: `node append-forever.js FOLDER RUN`. Prints a line for
 * each record that is acknowledged: its offset and the number that its value is made of.
 */
import { CommitLog } from '../log-service/log/log.js';
import { valueOf } from './made-value.js';

const [, , folder = '', run = ''] = process.argv;
const log = await CommitLog.open({ folder, segmentBytes: 64 << 10 });
let made = Number(run) * 1_000_000;

async function append() {
  for (;;) {
    const number = made++;
    const offset = await log.append(valueOf(number));
    process.stdout.write(`${offset} ${number}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, append));
