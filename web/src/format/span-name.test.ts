import { expect, test } from 'vitest';
import { shortSpanName } from './span-name.ts';

test.each([
  ['log.v1.CommitLog/Produce', 'CommitLog/Produce'],
  ['opentelemetry.proto.collector.trace.v1.TraceService/Export', 'TraceService/Export'],
  ['Greeter/SayHello', 'Greeter/SayHello'],
  ['_OTHER', '_OTHER'],
  ['GET /v1.2/users', 'GET /v1.2/users'],
  ['GET', 'GET'],
  ['a.b/c/d', 'a.b/c/d'],
  ['com.example.Main.run', 'com.example.Main.run'],
  ['', ''],
])('the name %j is short as %j', (name, expected) => {
  expect(shortSpanName(name)).toBe(expected);
});
