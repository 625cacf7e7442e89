import { expect, test } from 'vitest';
import { describeToken, isLabelName, isMetricName, lex } from './lex.ts';

/** Each token as its type, with its text where that says more. */
function check(text: string, expected: string): void {
  test(`${JSON.stringify(text)} is ${expected}`, () => {
    const tokens = lex(text).map((token) =>
      token.type === token.text.toLowerCase() ? token.type : `${token.type}:${token.text}`,
    );
    expect(tokens.join(' ')).toBe(expected);
  });
}

check('', 'eof:');
check(' \t\r\n', 'eof:');
check('up # all of them\n- 1', 'identifier:up - number:1 eof:');
check('#only', 'eof:');
check('# one\n# two', 'eof:');

check(
  '1 2.5 .5 5. 1e3 1.5E-3 0x1F 017',
  'number:1 number:2.5 number:.5 number:5. number:1e3 number:1.5E-3 number:0x1F number:017 eof:',
);
check('1_000 0x_ff_ff', 'number:1_000 number:0x_ff_ff eof:');
check('inf NaN +Inf', 'number:inf number:NaN + number:Inf eof:');
check('Infinite nan2', 'identifier:Infinite identifier:nan2 eof:');
check('5m 1h30m 10ms', 'duration:5m duration:1h30m duration:10ms eof:');
check('1__0', 'error:bad number or duration syntax: "1__0"');
check('1.2.3', 'error:bad number or duration syntax: "1.2.3"');
check('0xg', 'error:bad number or duration syntax: "0xg"');
check('12_', 'error:bad number or duration syntax: "12_"');
check('1e', 'error:bad number or duration syntax: "1e"');
check('5mm', 'error:bad number or duration syntax: "5mm"');

check('a:b :c d', 'metricIdentifier:a:b metricIdentifier::c identifier:d eof:');
check('SUM By OFFSET aNd', 'sum by offset and eof:');
check('fill fill(', 'identifier:fill fill ( error:unclosed left parenthesis');
check('fill_left \n(1)', 'fill_left ( number:1 ) eof:');

check(
  'a == b != c <= d >= e < f > g </ h >/ i',
  'identifier:a == identifier:b != identifier:c <= identifier:d >= identifier:e < identifier:f > identifier:g </ identifier:h >/ identifier:i eof:',
);
check('{by="1", offset=~`x`}', '{ identifier:by = string:"1" , identifier:offset =~ string:`x` } eof:');
check("{'a.b'!='c',d!~\"e\"}", "{ string:'a.b' != string:'c' , identifier:d !~ string:\"e\" } eof:");
check('x[5m:step()]', 'identifier:x [ duration:5m : step ( ) ] eof:');
check('x[ RANGE ( ) * 2 ]', 'identifier:x [ range ( ) * number:2 ] eof:');
check('x @ start()', 'identifier:x @ start ( ) eof:');

check('a ~ b', "identifier:a error:unexpected character: '~'");
check('a =~ b', "identifier:a error:unexpected character after '=': '~'");
check('a ! b', "identifier:a error:unexpected character after '!': ' '");
check('a )', "identifier:a error:unexpected right parenthesis ')'");
check('a ]', "identifier:a error:unexpected right bracket ']'");
check('(a', '( identifier:a error:unclosed left parenthesis');
check('{a', '{ identifier:a error:unexpected end of input inside braces');
check('{a:b}', "{ identifier:a error:unexpected character inside braces: ':'");
check('{a{', "{ identifier:a error:unexpected left brace '{'");
check('{a!', "{ identifier:a error:unexpected character after '!' inside braces: end of input");
check('x[5m', 'identifier:x [ duration:5m error:unexpected end of input in duration expression');
check('x[foo]', "identifier:x [ error:unexpected character in duration expression: 'f'");
check('x["5m"]', "identifier:x [ error:unexpected character in duration expression: '\"'");
check('"a', 'error:unterminated quoted string');
check('日本', "error:unexpected character: '日'");

test('tokens know where they are and strings what they say', () => {
  expect(lex('{a="\\t"}')[3]).toEqual({ type: 'string', text: '"\\t"', value: '\t', start: 3, end: 7 });
});

test('tokens are described by what they are', () => {
  const descriptions = lex('foo a:b 12 "some longer text" + and sum by start ,').map(describeToken);
  expect(descriptions).toEqual([
    'identifier "foo"',
    'metric identifier "a:b"',
    'number "12"',
    'string "\\"some long"...',
    '<op:+>',
    '<op:and>',
    '<aggr:sum>',
    '<by>',
    '"start"',
    '","',
    'end of input',
  ]);
});

test('what can be written without quotes is known', () => {
  const names = ['up', 'a:b', 'sum', 'by', 'without', 'on', 'bool', 'inf', 'a.b', '1a', ''];
  expect(names.filter(isMetricName)).toEqual(['up', 'a:b', 'sum', 'by', 'without']);
  expect(names.filter(isLabelName)).toEqual(['up', 'sum', 'by', 'on', 'bool']);
});
