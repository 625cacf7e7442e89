/** Whether the disk of the data directory has room for the work of putting things right. */
import { SondeError } from '../base/errors.ts';
import type { Engine } from './engine.ts';
import { raw } from './sql.ts';

const roomBytes = 32 << 20;

/**
 * A delete that is begun on a full disk can leave an empty file, with which the engine never opens the table again. Throws
 * `unavailable` when there is not enough room.
 */
export async function checkRoom(engine: Engine): Promise<void> {
  const [disks] = await engine.adminRows<{ free: string }>(raw('SELECT min(free_space) AS free FROM system.disks'));
  if (disks === undefined || Number(disks.free) >= roomBytes) return;
  throw new SondeError(
    'unavailable',
    `The disk of the data directory is full: checking the last commits takes ${roomBytes} bytes, and ${disks.free} are free.`,
    { retryAfterMs: 5000 },
  );
}
