import { expect, test } from 'vitest';
import { attributeText, findSpans } from './find.ts';
import { sketchSpan } from './sample-spans.ts';
import { layOut } from './span-tree.ts';

const tree = layOut([
  sketchSpan({ id: 'ab12', from: 0, to: 9, name: 'POST /beasts', attributes: { 'http.response.status_code': 500 } }),
  sketchSpan({
    id: 'cd34',
    under: 'ab12',
    from: 1,
    to: 8,
    name: 'INSERT',
    service: 'database',
    message: 'null value in column "name"',
  }),
  sketchSpan({
    id: 'ef56',
    under: 'cd34',
    from: 2,
    to: 3,
    events: [{ name: 'exception', attributes: { 'exception.type': 'Timeout' } }],
  }),
]);

test('a span is found by whatever it carries', () => {
  expect(findSpans(tree, 'post')).toEqual([0]);
  expect(findSpans(tree, 'DATABASE')).toEqual([1]);
  expect(findSpans(tree, 'null value')).toEqual([1]);
  expect(findSpans(tree, 'status_code=500')).toEqual([0]);
  expect(findSpans(tree, 'timeout')).toEqual([2]);
  expect(findSpans(tree, 'ef5')).toEqual([2]);
  expect(findSpans(tree, 'b')).toEqual([0, 1]);
});

test('no text and unknown text find nothing', () => {
  expect(findSpans(tree, '  ')).toEqual([]);
  expect(findSpans(tree, 'unicorn')).toEqual([]);
});

test('values read as text', () => {
  expect([attributeText('a'), attributeText(5), attributeText(null), attributeText([1, 'b'])]).toEqual([
    'a',
    '5',
    'null',
    '[1,"b"]',
  ]);
});
