/** As much of a Redis server as its clients need to be content (Redis serialization protocol). */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';

/** Answers OK to all commands, but for those that are known here. */
const answers: Readonly<Record<string, string>> = {
  HELLO: '%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n',
  INFO: '$19\r\nredis_version:7.0.0\r\n',
  INCR: '-ERR value is not an integer or out of range\r\n',
};

export async function startRedis(): Promise<{ readonly url: string; readonly stop: () => void }> {
  const server = createServer((socket) => {
    let rest = '';
    let queued: number | undefined;
    const answer = (command: string): string => {
      if (command === 'MULTI') queued = 0;
      else if (command === 'EXEC') {
        const results = '+OK\r\n'.repeat(queued ?? 0);
        const text = `*${queued ?? 0}\r\n${results}`;
        queued = undefined;
        return text;
      } else if (queued !== undefined) {
        queued++;
        return '+QUEUED\r\n';
      }
      return answers[command] ?? '+OK\r\n';
    };
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      for (let read = takeCommand(rest); read !== undefined; read = takeCommand(rest)) {
        rest = read.rest;
        socket.write(answer(read.command));
        if (read.command === 'QUIT') socket.end();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `redis://127.0.0.1:${portOf(server)}`, stop: () => server.close() };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** The first command of what was received: `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`. Undefined when it is not complete. */
function takeCommand(text: string): { readonly command: string; readonly rest: string } | undefined {
  const count = /^\*(\d+)\r\n/.exec(text);
  if (count === null) return undefined;
  const parts: string[] = [];
  let at = count[0].length;
  for (let part = 0; part < Number(count[1]); part++) {
    const head = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (head === null) return undefined;
    const start = at + head[0].length;
    at = start + Number(head[1]) + 2;
    if (text.length < at) return undefined;
    parts.push(text.slice(start, at - 2));
  }
  return { command: parts[0]?.toUpperCase() ?? '', rest: text.slice(at) };
}
