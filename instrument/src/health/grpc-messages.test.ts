import { expect, test } from 'vitest';
import { readRequest, servingStatuses, writeList, writeResponse } from './grpc-messages.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test.each([
  ['', ''],
  ['0a 00', ''],
  ['0a 01 61', 'a'],
  // Two bytes for a length of one, the last of two values, and fields that do not exist.
  ['0a 81 00 61', 'a'],
  ['0a 01 61 0a 01 62', 'b'],
  ['10 ff ff 03 0a 01 61 1a 02 00 00 25 00 00 00 00 29 00 00 00 00 00 00 00 00', 'a'],
  [`0a c8 01 ${'78'.repeat(200)}`, 'x'.repeat(200)],
  ['0a 02 c3 a4', 'ä'],
])('%s asks for "%s"', (hex, service) => expect(readRequest(bytes(hex))).toEqual({ service }));

test.each(['0a', '0a 02 61', '0a 80', '0b', '08', '25 00', '29', `0a ${'ff'.repeat(11)}`])('%s is no request', (hex) => {
  expect(() => readRequest(bytes(hex))).toThrow('a HealthCheckRequest');
});

test('statuses are numbers, and none for the first', () => {
  expect(writeResponse({ status: servingStatuses.SERVING })).toEqual(bytes('08 01'));
  expect(writeResponse({ status: servingStatuses.NOT_SERVING })).toEqual(bytes('08 02'));
  expect(writeResponse({ status: servingStatuses.SERVICE_UNKNOWN })).toEqual(bytes('08 03'));
  expect(writeResponse({ status: servingStatuses.UNKNOWN })).toEqual(bytes(''));
});

test('a list is a map from names to responses', () => {
  const long = 'x'.repeat(200);
  const statuses = new Map([
    ['', { status: servingStatuses.SERVING }],
    ['a', { status: servingStatuses.UNKNOWN }],
    [long, { status: servingStatuses.NOT_SERVING }],
  ]);
  const list = writeList({ statuses });
  expect(list).toEqual(bytes(`0a 06 0a00 12020801  0a 05 0a0161 1200  0a cf01 0ac801 ${'78'.repeat(200)} 12020802`));
});
