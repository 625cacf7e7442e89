import { expect, test } from 'vitest';
import { readFault, writeFault } from './faults.ts';

const engineError = (code: number, text: string): Error =>
  new Error(`Code: ${code}. DB::Exception: ${text}. (SOME_NAME) (version 26.7.2.1)`);

test.each([
  [159, 'query_timeout'],
  [158, 'query_too_large'],
  [241, 'query_too_large'],
  [396, 'query_too_large'],
  [394, 'query_cancelled'],
  [62, 'internal'],
])('a read that ends with %i is %s', (code, expected) => {
  expect(readFault(engineError(code, 'Something happened')).code).toBe(expected);
});

test.each([
  [engineError(243, 'Cannot reserve 1.00 MiB'), 'unavailable'],
  [engineError(1001, 'std::__fs::filesystem_error: No space left on device'), 'unavailable'],
  [engineError(75, 'Cannot write to file, errno: 28, strerror: No space left on device'), 'unavailable'],
  [engineError(241, 'Total memory limit exceeded'), 'unavailable'],
  [engineError(252, 'Too many parts'), 'unavailable'],
  [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }), 'unavailable'],
  [new Error('Timeout error.'), 'unavailable'],
  [engineError(53, 'Type mismatch'), 'internal'],
])('an insert that fails with %s is %s', (thrown, expected) => {
  const fault = writeFault(thrown);
  expect(fault.code).toBe(expected);
  expect(fault.cause).toBe(thrown);
});

test('the HTTP client has the code beside the message', () => {
  expect(readFault(Object.assign(new Error('Timeout exceeded: elapsed 1 s. '), { code: '159' })).code).toBe('query_timeout');
});

test('the message is what ClickHouse says, without its wrapping', () => {
  const fault = readFault(engineError(159, 'Timeout exceeded: elapsed 201 ms, maximum: 200 ms'));
  expect(fault.message).toBe('Timeout exceeded: elapsed 201 ms, maximum: 200 ms.');
  expect(writeFault(engineError(243, 'x')).retryable).toBe(true);
});
