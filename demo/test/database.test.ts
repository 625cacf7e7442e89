/** The database process, as a client of PostgreSQL sees it. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

let database: ChildProcess;
let address: { host: string; port: number };

beforeAll(async () => {
  database = fork(fileURLToPath(new URL('../services/database.js', import.meta.url)), [], { execArgv: ['--expose-gc'] });
  const [message] = (await once(database, 'message')) as [{ address: string }];
  const [host = '', port = ''] = message.address.split(':');
  address = { host, port: Number(port) };
}, 60_000);

afterAll(async () => {
  database.send('stop');
  await once(database, 'exit');
});

async function connected(): Promise<Client> {
  const client = new Client({ ...address, user: 'postgres', database: 'postgres' });
  await client.connect();
  return client;
}

test('it is PostgreSQL, down to the words and fields of an error', async () => {
  const client = await connected();
  const { rows } = await client.query('SHOW server_version');
  expect(rows[0].server_version).toMatch(/^1[78]\./);
  await expect(client.query('INSERT INTO owlbear (name) VALUES ($1)', [null])).rejects.toMatchObject({
    message: 'null value in column "name" of relation "owlbear" violates not-null constraint',
    code: '23502',
    severity: 'ERROR',
    table: 'owlbear',
    column: 'name',
  });
  await client.end();
});

test('what clients do at the same time does not mix, also when some of it fails', async () => {
  const clients = await Promise.all([connected(), connected(), connected()]);
  const failed = await Promise.all(
    clients.map(async (client, at) => {
      let errors = 0;
      for (let i = 0; i < 60; i++) {
        const value = `${at}-${i}`;
        if (i % 5 === 0) await client.query('SELECT $1::int / $2::int', [i, 0]).catch(() => errors++);
        const { rows } = await client.query('SELECT $1::text AS value', [value]);
        expect(rows).toEqual([{ value }]);
      }
      return errors;
    }),
  );
  expect(failed).toEqual([12, 12, 12]);
  await Promise.all(clients.map((client) => client.end()));
});

test('a transaction is alone until it ends, and is undone when its client is gone', async () => {
  const [one, other] = await Promise.all([connected(), connected()]);
  await one.query('BEGIN');
  await one.query('INSERT INTO beholder (name) VALUES ($1)', ['first']);
  let hasSeen = false;
  const seen = other.query('SELECT name FROM beholder').then(({ rows }) => {
    hasSeen = true;
    return rows;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(hasSeen).toBe(false);
  await one.query('COMMIT');
  expect(await seen).toEqual([{ name: 'first' }]);

  const leaving = await connected();
  await leaving.query('BEGIN');
  await leaving.query('DELETE FROM beholder');
  leaving.once('error', () => {});
  (leaving as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy();
  expect((await other.query('SELECT name FROM beholder')).rows).toEqual([{ name: 'first' }]);
  await Promise.all([one.end(), other.end()]);
});

test('what is no PostgreSQL is shown the door, and others are served on', async () => {
  const socket = connect(address.port, address.host);
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n');
  await once(socket, 'close');
  const client = await connected();
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});
