// Makes audit records as HOW says, and tells its parent the receipts.
import http from 'node:http';
import { audit } from '@sonde/instrument/audit';
import { identify } from '@sonde/instrument/request';

const event = { actor: { id: 'ada', name: 'Ada' }, action: 'user.delete', target: { type: 'user', id: '17' } };
const tell = (receipts) => new Promise((resolve) => process.send(receipts, resolve));
const unreadable = {
  get details() {
    throw new Error('no details');
  },
};
const ways = {
  async awaited() {
    await tell([
      await audit({ ...event, reason: 'asked for', details: { rows: 3, list: [1, 2], deep: { a: null } } }),
      await audit({ ...event, outcome: 'denied' }),
      ...(await Promise.all(Array.from({ length: 50 }, () => audit(event)))),
    ]);
  },
  async 'in a request'() {
    const server = http.createServer(async (_, response) => {
      identify({ id: 'eve' });
      response.end(JSON.stringify(await audit({ action: 'login' })));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers: { 'x-request-id': 'r-1' } });
    await tell([await answer.json()]);
    server.close();
    server.closeAllConnections();
  },
  async late() {
    await tell([await audit(event, { timeoutMs: 100 })]);
  },
  exit() {
    for (let i = 0; i < 3; i++) void audit(event);
    process.exit(0);
  },
  async 'too much'() {
    const many = (count) =>
      Array.from({ length: count }, () => audit({ ...event, reason: 'x'.repeat(1000) }, { timeoutMs: 500 }));
    const first = many(10);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await tell(await Promise.all([...first, ...many(20)]));
  },
  async unreadable() {
    await tell([await audit(unreadable)]);
  },
};
await ways[process.env.HOW]();
process.disconnect();
