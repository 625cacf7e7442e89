import { expect, test } from 'vitest';
import { namesAsSuggestions, suggest, suggestAttribute } from './suggestions.ts';

const texts = (list: readonly { text: string }[]): string[] => list.map(({ text }) => text);

test('what begins with the typed text comes before what contains it', () => {
  const names = namesAsSuggestions(['POST /login', 'GET /post', 'postman', 'other']);
  expect(texts(suggest(names, 'post'))).toEqual(['POST /login', 'postman', 'GET /post']);
  expect(texts(suggest(names, ''))).toHaveLength(4);
});

const known = [
  {
    key: 'http.route',
    values: [
      { value: '/beasts', count: 1200 },
      { value: '/beasts/:id', count: 7 },
    ],
  },
  { key: 'service.version', values: [{ value: '2.0.0', count: 3 }] },
];

test('an attribute is offered by its key first, then by its values', () => {
  expect(suggestAttribute(known, 'ver')).toEqual([{ text: 'service.version=', hint: '1 value', done: false }]);
  expect(suggestAttribute(known, 'http.route=')).toEqual([
    { text: 'http.route=/beasts', hint: '1.2 k', done: true },
    { text: 'http.route=/beasts/:id', hint: '7', done: true },
  ]);
});

test('a value that nobody has seen can be asked for all the same', () => {
  expect(texts(suggestAttribute(known, 'http.route=/be'))).toEqual([
    'http.route=/beasts',
    'http.route=/beasts/:id',
    'http.route=/be',
  ]);
  expect(texts(suggestAttribute(known, 'http.route=/beasts'))).toEqual(['http.route=/beasts', 'http.route=/beasts/:id']);
  expect(texts(suggestAttribute(known, 'new.key=5'))).toEqual(['new.key=5']);
  expect(suggestAttribute(known, '=5')).toEqual([]);
});
