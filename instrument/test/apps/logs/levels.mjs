// Logs at all levels each time it is told to by a message, and says when it has.
import { logger } from '@sonde/instrument/log';

const log = logger('checkout');
process.on('message', (name) => {
  if (name === 'end') return process.disconnect();
  for (const level of ['debug', 'info', 'warn']) log[level](`${String(name)} ${level}`);
  return process.send('logged');
});
process.send('ready');
