import { expect, test } from 'vitest';
import { failuresOf } from './failure.ts';
import { sketchSpan } from './sample-spans.ts';

const base = { id: 'a', from: 0, to: 1 } as const;
const exception = {
  name: 'exception',
  attributes: {
    'exception.type': 'DatabaseError',
    'exception.message': 'null value in column "name"',
    'exception.stacktrace': 'at query',
  },
};

test('an exception is told once, with its stack, and the status is not repeated', () => {
  const span = sketchSpan({ ...base, failed: true, message: 'null value in column "name"', events: [exception, exception] });
  expect(failuresOf(span)).toEqual([{ kind: 'DatabaseError', message: 'null value in column "name"', stack: 'at query' }]);
});

test('a status that says something else is told first, with the code that names it', () => {
  const span = sketchSpan({
    ...base,
    failed: true,
    message: 'gave up',
    events: [exception],
    attributes: { 'db.response.status_code': '23502' },
  });
  expect(failuresOf(span).map(({ kind }) => kind)).toEqual(['Database error 23502', 'DatabaseError']);
  expect(failuresOf(span)[0]).toEqual({ kind: 'Database error 23502', message: 'gave up', stack: '' });
});

test('a failure without words says so', () => {
  const span = sketchSpan({ ...base, failed: true, attributes: { 'http.response.status_code': 500 } });
  expect(failuresOf(span)).toEqual([{ kind: 'HTTP 500', message: 'This span failed and does not say why.', stack: '' }]);
});

test('a span that did not fail has none, but a handled exception is still told', () => {
  expect(failuresOf(sketchSpan(base))).toEqual([]);
  expect(failuresOf(sketchSpan({ ...base, events: [exception] }))).toHaveLength(1);
});
