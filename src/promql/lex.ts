/**
 * The words of PromQL (Prometheus 3.14), each with its place in the text. Three contexts: inside braces every word is a label name,
 * inside brackets there are only durations and what computes them, everywhere else keywords count, in any case. `fill`,
 * `fill_left` and `fill_right` are keywords before a parenthesis only. Comments run from `#` to the end of the line.
 *
 * One pass, one look at each character but for the blanks behind a `fill`. What is wrong ends the tokens with one of type
 * `error`: the parser meets it only if it gets that far, so that the first mistake in the text is the one that is reported.
 */
import { SondeError } from '../base/errors.ts';
import { quote, readString } from '../lang/strings.ts';
import type { AggregationOperator } from './ast.ts';
import { isAggregationOperator } from './signatures.ts';

type OperatorWord = 'and' | 'or' | 'unless' | 'atan2';
type Modifier =
  | 'offset'
  | 'smoothed'
  | 'anchored'
  | 'by'
  | 'without'
  | 'on'
  | 'ignoring'
  | 'group_left'
  | 'group_right'
  | 'fill'
  | 'fill_left'
  | 'fill_right'
  | 'bool';
/** Functions of the query's own times, which durations may be made of too. */
type TimeWord = 'start' | 'end' | 'step' | 'range' | 'min_of' | 'max_of';
type Keyword = OperatorWord | Modifier | TimeWord | AggregationOperator;

type OperatorSign = '+' | '-' | '*' | '/' | '%' | '^' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '</' | '>/' | '=~' | '!~' | '@';
type Sign = OperatorSign | '=' | '(' | ')' | '{' | '}' | '[' | ']' | ',' | ':';

/** `identifier` has no colon, `metricIdentifier` has one; keywords and signs are types of their own. */
export type TokenType = Sign | Keyword | 'number' | 'duration' | 'string' | 'identifier' | 'metricIdentifier' | 'eof' | 'error';

export interface Token {
  readonly type: TokenType;
  /** As written; for an error what is wrong. */
  readonly text: string;
  /** What a string says; for all others the same as `text`. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const operatorWords: ReadonlySet<string> = new Set<OperatorWord>(['and', 'or', 'unless', 'atan2']);
const timeWords: ReadonlySet<string> = new Set<TimeWord>(['start', 'end', 'step', 'range', 'min_of', 'max_of']);
const durationWords: ReadonlySet<string> = new Set<TimeWord>(['step', 'range', 'min_of', 'max_of']);
const modifiers: ReadonlySet<string> = new Set<Modifier>([
  'offset',
  'smoothed',
  'anchored',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'fill',
  'fill_left',
  'fill_right',
  'bool',
]);
const operatorSigns: ReadonlySet<string> = new Set<OperatorSign>([
  ...(['+', '-', '*', '/', '%', '^'] as const),
  ...(['==', '!=', '<', '<=', '>', '>=', '</', '>/', '=~', '!~', '@'] as const),
]);

/** Read at the current place; a number or a duration has no letter and no dot right behind it. */
const patterns = {
  label: /[a-zA-Z_][a-zA-Z0-9_]*/y,
  braceSign: /=~|!~|!=|[=,}]/y,
  letters: /[a-zA-Z_]+/y,
  bracketSign: /[-+*/%^(),:\]]/y,
  word: /[a-zA-Z_:][a-zA-Z0-9_:]*/y,
  sign: /==|!=|<=|>=|<\/|>\/|=~|[-+*/%^=<>(){[\],@]/y,
  wordAndParen: /\w+[ \t\r\n]*\(/y,
  hex: /0[xX](?:_?[0-9a-fA-F])+(?![\w.])/y,
  decimal: /(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?(?![\w.])/y,
  duration: /(?:\d+[ywdhms]s?)+(?![\w.])/y,
  faulty: /[\w.]+/y,
  blanks: /(?:[ \t\r\n]+|#[^\r\n]*)*/y,
  digit: /\.?[0-9]/y,
} as const;

interface Lexer {
  readonly text: string;
  readonly tokens: Token[];
  at: number;
  context: 'expression' | 'braces' | 'brackets';
  parenDepth: number;
}

/** The tokens without blanks and comments; the last one is `eof` or `error`. */
export function lex(text: string): readonly Token[] {
  const lexer: Lexer = { text, tokens: [], at: 0, context: 'expression', parenDepth: 0 };
  try {
    while (skipBlanks(lexer) < text.length) lexToken(lexer);
    endOfText(lexer);
  } catch (error) {
    if (!(error instanceof SondeError)) throw error;
    const start = error.position ?? lexer.at;
    lexer.tokens.push({ type: 'error', text: error.message, value: error.message, start, end: text.length });
  }
  return lexer.tokens;
}

/** A keyword that may not stand for a metric. All others may, where an expression starts. */
const neverMetrics: ReadonlySet<string> = new Set(['bool', 'on', 'ignoring', 'group_left', 'group_right', 'atan2']);

/** Whether a token can be the name of a metric before braces. */
export function isMetricToken({ type }: Token): boolean {
  if (type === 'identifier' || type === 'metricIdentifier') return true;
  return isKeyword(type) && !neverMetrics.has(type);
}

/** Whether a token can be a label without quotes in a list of labels. */
export function isLabelToken({ type }: Token): boolean {
  return type === 'identifier' || type === 'metricIdentifier' || (isKeyword(type) && type !== 'without');
}

/** Whether a name can be written before braces and is read as a metric's there. */
export function isMetricName(name: string): boolean {
  const [token] = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) ? lex(name) : [];
  return token !== undefined && isMetricToken(token);
}

/** A token in an error message, as Prometheus words it: `<op:+>`, `<by>`, `identifier "foo"`, `end of input`. */
export function describeToken({ type, text }: Token): string {
  if (type === 'eof') return 'end of input';
  if (type === 'metricIdentifier') return `metric identifier ${quote(text)}`;
  if (type === 'identifier') return `identifier ${quote(text)}`;
  if (type === 'number' || type === 'duration' || type === 'string') return `${type} ${quoteShort(text)}`;
  if (operatorSigns.has(type) || operatorWords.has(type)) return `<op:${text}>`;
  if (isAggregationOperator(type)) return `<aggr:${text}>`;
  return modifiers.has(type) ? `<${text}>` : quote(text);
}

/** Whether a name can be written as a label without quotes, anywhere. */
export function isLabelName(name: string): boolean {
  const [token] = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? lex(name) : [];
  return token !== undefined && isLabelToken(token);
}

function isKeyword(word: string): word is Keyword {
  return operatorWords.has(word) || timeWords.has(word) || modifiers.has(word) || isAggregationOperator(word);
}

function lexToken(lexer: Lexer): void {
  const character = lexer.text[lexer.at] ?? '';
  if (lexer.context !== 'brackets' && /["'`]/.test(character)) {
    const { value, end } = readString(lexer.text, lexer.at);
    push(lexer, 'string', end, value);
  } else if (lexer.context === 'braces') lexInBraces(lexer);
  else if (match(lexer, patterns.digit) !== undefined) lexNumber(lexer);
  else if (lexer.context === 'brackets') lexInBrackets(lexer);
  else lexInExpression(lexer);
}

function lexInBraces(lexer: Lexer): void {
  const word = match(lexer, patterns.label);
  if (word !== undefined) return push(lexer, 'identifier', lexer.at + word.length);
  const sign = match(lexer, patterns.braceSign);
  if (sign === undefined) throw unexpectedInBraces(lexer);
  if (sign === '}') lexer.context = 'expression';
  push(lexer, sign as Sign, lexer.at + sign.length);
}

function lexInBrackets(lexer: Lexer): void {
  const word = match(lexer, patterns.letters)?.toLowerCase();
  if (word !== undefined && durationWords.has(word)) return push(lexer, word as TimeWord, lexer.at + word.length);
  const sign = match(lexer, patterns.bracketSign);
  if (sign === undefined) throw unexpectedCharacter(lexer, 'unexpected character in duration expression: ');
  if (sign === ']') lexer.context = 'expression';
  countParens(lexer, sign);
  push(lexer, sign as Sign, lexer.at + 1);
}

function lexInExpression(lexer: Lexer): void {
  const word = match(lexer, patterns.word);
  if (word !== undefined) return push(lexer, wordType(lexer, word), lexer.at + word.length);
  const sign = match(lexer, patterns.sign);
  if (sign === undefined || sign === '=~') throw unexpectedInExpression(lexer);
  if (sign === ']') throw unexpectedCharacter(lexer, 'unexpected right bracket ');
  if (sign === '{') lexer.context = 'braces';
  if (sign === '[') lexer.context = 'brackets';
  countParens(lexer, sign);
  push(lexer, sign as Sign, lexer.at + sign.length);
}

function wordType(lexer: Lexer, word: string): TokenType {
  const lower = word.toLowerCase();
  if (lower === 'inf' || lower === 'nan') return 'number';
  if (lower.startsWith('fill') && isKeyword(lower)) {
    return match(lexer, patterns.wordAndParen) === undefined ? 'identifier' : lower;
  }
  if (isKeyword(lower)) return lower;
  return word.includes(':') ? 'metricIdentifier' : 'identifier';
}

/** Numbers and durations are told apart by what follows the digits; a letter or a dot right behind either is a mistake. */
function lexNumber(lexer: Lexer): void {
  const numberText = match(lexer, patterns.hex) ?? match(lexer, patterns.decimal);
  if (numberText !== undefined) return push(lexer, 'number', lexer.at + numberText.length);
  const durationText = match(lexer, patterns.duration);
  if (durationText !== undefined) return push(lexer, 'duration', lexer.at + durationText.length);
  const word = match(lexer, patterns.faulty) ?? '';
  throw wrong(lexer.at, `bad number or duration syntax: ${quoteShort(word, 40)}`);
}

function countParens(lexer: Lexer, sign: string): void {
  if (sign === '(') lexer.parenDepth++;
  if (sign !== ')') return;
  if (lexer.parenDepth === 0) throw unexpectedCharacter(lexer, 'unexpected right parenthesis ');
  lexer.parenDepth--;
}

/** Moves to the next token and gives where it is. */
function skipBlanks(lexer: Lexer): number {
  lexer.at += match(lexer, patterns.blanks)?.length ?? 0;
  return lexer.at;
}

function endOfText(lexer: Lexer): void {
  const { text, context, parenDepth } = lexer;
  if (context === 'braces') throw wrong(text.length, 'unexpected end of input inside braces');
  if (context === 'brackets') throw wrong(text.length, 'unexpected end of input in duration expression');
  if (parenDepth > 0) throw wrong(text.length, 'unclosed left parenthesis');
  push(lexer, 'eof', text.length);
}

function push(lexer: Lexer, type: TokenType, end: number, value?: string): void {
  const text = lexer.text.slice(lexer.at, end);
  lexer.tokens.push({ type, text, value: value ?? text, start: lexer.at, end });
  lexer.at = end;
}

/** What a sticky expression of ours finds at the current place. */
function match(lexer: Lexer, expression: RegExp): string | undefined {
  expression.lastIndex = lexer.at;
  return expression.exec(lexer.text)?.[0];
}

function unexpectedInBraces(lexer: Lexer): SondeError {
  const character = lexer.text[lexer.at];
  if (character === '!') return unexpectedAfter(lexer, ' inside braces');
  if (character === '{') return unexpectedCharacter(lexer, 'unexpected left brace ');
  return unexpectedCharacter(lexer, 'unexpected character inside braces: ');
}

function unexpectedInExpression(lexer: Lexer): SondeError {
  const character = lexer.text[lexer.at];
  if (character === '!' || character === '=') return unexpectedAfter(lexer, '');
  return unexpectedCharacter(lexer, 'unexpected character: ');
}

/** A sign that needs another one behind it. */
function unexpectedAfter(lexer: Lexer, where: string): SondeError {
  const next = characterAt(lexer.text, lexer.at + 1);
  return wrong(lexer.at, `unexpected character after '${lexer.text[lexer.at]}'${where}: ${next}`);
}

function unexpectedCharacter(lexer: Lexer, problem: string): SondeError {
  return wrong(lexer.at, problem + characterAt(lexer.text, lexer.at));
}

function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  if (code === undefined) return 'end of input';
  const character = String.fromCodePoint(code);
  if (character === '"') return `'"'`;
  return character === "'" ? `'\\''` : `'${quote(character).slice(1, -1)}'`;
}

function quoteShort(text: string, lengthMax = 10): string {
  return text.length > lengthMax ? `${quote(text.slice(0, lengthMax))}...` : quote(text);
}

function wrong(position: number, problem: string): SondeError {
  return new SondeError('bad_request', problem, { position });
}
