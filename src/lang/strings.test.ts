import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { quote, readString } from './strings.ts';

function check(literal: string, value: string): void {
  test(`${literal} says ${JSON.stringify(value)}`, () => {
    expect(readString(literal, 0)).toEqual({ value, end: literal.length });
  });
}

check('""', '');
check(`'single'`, 'single');
check('"it\'s"', "it's");
check(`'say "hi"'`, 'say "hi"');
check(String.raw`"a\tb\\c\"d"`, 'a\tb\\c"d');
check(String.raw`"\a\b\f\n\r\v"`, '\u0007\b\f\n\r\v');
check(String.raw`'\''`, "'");
check(String.raw`"\x41\101"`, 'AA');
check(String.raw`"\u00e9\U0001F98A"`, 'é🦊');
check(String.raw`"\xe2\x82\xac and \342\202\254"`, '€ and €');
check(String.raw`"\xff!"`, '\uFFFD!');
check('`raw \\n "text"\nof two lines`', 'raw \\n "text"\nof two lines');

function refuse(literal: string, problem: string): void {
  test(`${JSON.stringify(literal)} is refused: ${problem}`, () => {
    expect(() => readString(`x ${literal}`, 2)).toThrow(expect.objectContaining({ message: problem, position: 2 }));
  });
}

refuse('"open', 'unterminated quoted string');
refuse('"two\nlines"', 'unterminated quoted string');
refuse('`open', 'unterminated raw string');
refuse('"\\', 'escape sequence not terminated');
refuse('"\\x4', 'escape sequence not terminated');
refuse(String.raw`"\q"`, "unknown escape sequence U+0071 'q'");
refuse(String.raw`"\'"`, "unknown escape sequence U+0027 '''");
refuse(String.raw`"\xg0"`, "illegal character U+0067 'g' in escape sequence");
refuse(String.raw`"\400"`, 'escape sequence is an invalid Unicode code point');
refuse(String.raw`"\ud800"`, 'escape sequence is an invalid Unicode code point');
refuse(String.raw`"\U00110000"`, 'escape sequence is an invalid Unicode code point');
refuse('"\ud83e"', 'invalid UTF-8 rune');

test('what is quoted reads back as the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      expect(readString(quote(value), 0).value).toBe(value);
    }),
  );
});

test('what can be seen is quoted as it is, the rest by its number', () => {
  expect(quote('naïve "π" \\ \t\u0001\u007f\u200b\u{e0001}')).toBe(String.raw`"naïve \"π\" \\ \t\x01\x7f\u200b\U000e0001"`);
});
