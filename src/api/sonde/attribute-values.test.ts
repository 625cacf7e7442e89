import { expect, test } from 'vitest';
import type { AttributeValue } from '../../model/attributes.ts';
import { decodeAttributes, decodeValue } from './attribute-values.ts';

function check(text: string, type: string, value: AttributeValue): void {
  test(`${type} ${text.slice(0, 60)}`, () => expect(decodeValue(text, type)).toEqual(value));
}

check('', 's', '');
check('42', 's', '42');
check('true', 'b', true);
check('false', 'b', false);
check('42', 'i', 42);
check('-9007199254740991', 'i', -9007199254740991);
check('9007199254740993', 'i', '9007199254740993');
check('-9223372036854775808', 'i', '-9223372036854775808');
check('0.1', 'd', 0.1);
check('5', 'd', 5);
check('1e300', 'd', 1e300);
check('NaN', 'd', 'NaN');
check('-Infinity', 'd', '-Infinity');
check('AAEC', 'x', 'AAEC');
check('', 'e', null);
check('[]', 'a', []);
check('[{"stringValue":"a"},{"intValue":"7"},{"boolValue":false},{}]', 'a', ['a', 7, false, null]);
check('[{"doubleValue":1.5},{"doubleValue":"Infinity"},{"intValue":"9007199254740993"}]', 'a', [
  1.5,
  'Infinity',
  '9007199254740993',
]);
check('[{"arrayValue":{"values":[{"bytesValue":"AA=="}]}},{"arrayValue":{}}]', 'a', [['AA=='], []]);
check('[{"key":"k","value":{"kvlistValue":{"values":[{"key":"deep","value":{"intValue":"1"}}]}}},{"key":"none"}]', 'm', {
  k: { deep: 1 },
  none: null,
});
check('[]', 'm', {});

test('of keys that repeat the last one counts', () => {
  const attributes = decodeAttributes(
    [
      ['a', '1'],
      ['b', 'x'],
      ['a', '2'],
    ],
    'isi',
  );
  expect(JSON.stringify(attributes)).toBe('{"a":2,"b":"x"}');
});

test('a key that JavaScript knows is a key like any other', () => {
  const attributes = decodeAttributes(
    [
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ],
    'ss',
  );
  expect(JSON.stringify(attributes)).toBe('{"__proto__":"p","constructor":"c"}');
  expect(JSON.stringify(decodeValue('[{"key":"__proto__","value":{"stringValue":"p"}}]', 'm'))).toBe('{"__proto__":"p"}');
});
