import { expect, test } from 'vitest';
import { commandText } from './redis-command.ts';

test.each<[name: string, args: readonly unknown[], expected: string]>([
  ['SET', ['cart:7', 'secret', 'EX', '60'], 'SET cart:7 ? ? ?'],
  ['get', ['cart:7'], 'GET cart:7'],
  ['HSET', ['user:1', 'mail', 'a@b'], 'HSET user:1 ? ?'],
  ['AUTH', ['secret'], 'AUTH ?'],
  ['AUTH', ['user', 'secret'], 'AUTH ? ?'],
  ['HELLO', ['3', 'AUTH', 'user', 'secret'], 'HELLO ? ? ? ?'],
  ['CONFIG', ['SET', 'requirepass', 'secret'], 'CONFIG SET ? ?'],
  ['CONFIG SET', ['requirepass', 'secret'], 'CONFIG SET ? ?'],
  ['ACL', ['SETUSER', 'bob', '>secret'], 'ACL SETUSER ? ?'],
  ['EVAL', ["return 'secret'", '1', 'key'], 'EVAL ? ? ?'],
  ['ECHO', ['secret'], 'ECHO ?'],
  ['PING', [], 'PING'],
  ['LREM', ['list', '0', 'secret'], 'LREM list ? ?'],
  ['PUBLISH', ['news', 'secret'], 'PUBLISH news ?'],
  ['MSET', ['a', '1', 'b', '2', 'c', '3', 'd', '4', 'e', '5'], 'MSET a ? ? ? ? ? ? ? …'],
  ['DEL', [Buffer.from('b\u00e9')], 'DEL b\u00e9'],
  ['GET', ['k'.repeat(1000)], `GET ${'k'.repeat(256)}…`],
  ['GET', [Buffer.alloc(1000, 'k')], `GET ${'k'.repeat(256)}…`],
  ['GET', [7], 'GET 7'],
  ['GET', [{ secret: 1 }], 'GET ?'],
  ['GET', [undefined], 'GET ?'],
])('%s %j is %s', (name, args, expected) => expect(commandText(name, args)).toBe(expected));
