// Is busy and keeps what it makes, a little in each turn of the event loop, until its parent process lets go. Says which profiles its hook
// got, and, when it is asked, that it has turned on for a while.
import { onProfile } from '@sonde/instrument/profile';

const held = [];

function spinForProfile() {
  const startedMs = performance.now();
  while (performance.now() - startedMs < 10) Math.sqrt(startedMs);
}

function hoardForProfile() {
  for (let i = 0; i < 500; i++) held.push({ text: `held ${i}`, more: [i, i, i, i] });
}

const timer = setInterval(() => {
  spinForProfile();
  hoardForProfile();
}, 15);
onProfile(({ kind }) => process.send({ kind }));
process.on('message', () => setTimeout(() => process.send('still here'), 300));
process.on('disconnect', () => clearInterval(timer));
process.send('ready');
