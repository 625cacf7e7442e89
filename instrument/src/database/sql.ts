/**
 * What a statement in SQL says about itself: its text without literals and comments, its operation, the tables that it names, and its
 * summary (semantic conventions, "Generating a summary of the query": `SELECT orders users`). Read by tokens and not parsed: a
 * statement of any dialect gives something that is true, and what is not understood is left out.
 *
 * Text beyond `textMax` is not looked at, and statements that come again are looked up: the cost for a query is bounded.
 */

/** MySQL writes strings with either quote and escapes by backslashes; the standard keeps `"` for names. */
export type SqlDialect = 'standard' | 'mysql';

export interface Statement {
  /** With `?` in the place of each literal. */
  readonly text: string;
  /** The first word: `SELECT`. Undefined where there is none. */
  readonly operation: string | undefined;
  /** The table, where the statement is about a single one. */
  readonly collection: string | undefined;
  /** Operations and tables in their order, at most 255 characters. */
  readonly summary: string | undefined;
}

/** UTF-16 code units of a statement that are looked at, and told. */
const textMax = 4096;
const summaryMax = 255;
/** Statements that are kept: a service has a few hundred of them, or as many as it has requests. */
const keptMax = 500;

const kept: Readonly<Record<SqlDialect, Map<string, Statement>>> = { standard: new Map(), mysql: new Map() };

export function readStatement(text: string, dialect: SqlDialect): Statement {
  const known = kept[dialect].get(text);
  if (known !== undefined) return known;
  if (text.length > textMax) return read(text.slice(0, textMax), dialect, '…');
  const statement = read(text, dialect, '');
  if (kept[dialect].size >= keptMax) kept[dialect].clear();
  kept[dialect].set(text, statement);
  return statement;
}

type TokenKind = 'space' | 'comment' | 'literal' | 'name' | 'placeholder' | 'word' | 'other';

/** A token by the first alternative that fits; a literal or name that does not end goes on to the end of the text. */
const standardTokens = [
  String.raw`(?<space>\s+)`,
  String.raw`(?<comment>--[^\n]*|/\*[^]*?(?:\*/|$))`,
  String.raw`(?<literal>[eE]'(?:[^'\\]|''|\\[^])*(?:'|\\?$)|(?:[nNbBxX]|[uU]&)?'[^']*(?:''[^']*)*(?:'|$)|\$(?<tag>[A-Za-z_]\w*)?\$[^]*?(?:\$\k<tag>\$|$)|0[xX][\da-fA-F]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)`,
  String.raw`(?<name>"[^"]*(?:""[^"]*)*(?:"|$))`,
  String.raw`(?<placeholder>\$\d+|\?|:?:[A-Za-z_]\w*|@\w+)`,
  String.raw`(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
  String.raw`(?<other>[^])`,
];
const mysqlTokens = [
  String.raw`(?<space>\s+)`,
  String.raw`(?<comment>--(?=\s|$)[^\n]*|#[^\n]*|/\*[^]*?(?:\*/|$))`,
  String.raw`(?<literal>[nNbBxX]?'(?:[^'\\]|''|\\[^])*(?:'|\\?$)|"(?:[^"\\]|""|\\[^])*(?:"|\\?$)|0[xX][\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)`,
  '(?<name>`[^`]*(?:``[^`]*)*(?:`|$))',
  String.raw`(?<placeholder>\?|:[A-Za-z_]\w*|@\w+)`,
  String.raw`(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
  String.raw`(?<other>[^])`,
];
const tokens: Readonly<Record<SqlDialect, RegExp>> = {
  standard: new RegExp(standardTokens.join('|'), 'g'),
  mysql: new RegExp(mysqlTokens.join('|'), 'g'),
};
const kinds = ['space', 'comment', 'literal', 'name', 'placeholder', 'word'] as const;

/** `IN (?, ?, ?)` says how many values there were, and makes a text for each number. */
const lists = /\bIN\s*\(\s*\?(?:\s*,\s*\?)+\s*\)/gi;

function read(text: string, dialect: SqlDialect, end: string): Statement {
  const outline = new Outline();
  let clean = '';
  for (const match of text.matchAll(tokens[dialect])) {
    const token = match[0];
    const kind: TokenKind = kinds.find((each) => match.groups?.[each] !== undefined) ?? 'other';
    // A comment parts words as a space does.
    if (kind === 'comment') clean += ' ';
    else clean += kind === 'literal' ? '?' : token;
    if (kind !== 'space' && kind !== 'comment') outline.add(kind, token);
  }
  return { text: clean.trim().replaceAll(lists, 'IN (?)') + end, ...outline.told() };
}

/** Operations that name tables after FROM, JOIN and INTO. */
const queries = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE', 'EXPLAIN', 'WITH']);
/** Those that may also stand within a statement, and what they stand after there. SELECT stands anywhere. */
const inner = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);
const beforeInner = new Set(['(', ')', 'AS', 'EXPLAIN', 'ANALYZE', 'VERBOSE']);
/** Operations that are followed by a kind of object and its name, and the kinds. */
const definitions = new Set(['CREATE', 'ALTER', 'DROP', 'TRUNCATE']);
const objects = new Set(['TABLE', 'INDEX', 'VIEW', 'SCHEMA', 'DATABASE', 'SEQUENCE', 'TYPE', 'FUNCTION', 'PROCEDURE', 'TRIGGER']);
/** Operations that are followed by a name. */
const named = new Set([...definitions, 'UPDATE', 'CALL']);
/** Words between an operation and the name that it is about. */
const between = new Set(
  'ONLY LATERAL IF NOT EXISTS IGNORE LOW_PRIORITY CONCURRENTLY OR REPLACE TEMP TEMPORARY UNLOGGED UNIQUE MATERIALIZED'.split(' '),
);
/** Words that end the list of tables after FROM. */
const afterTables = new Set('WHERE GROUP ORDER HAVING LIMIT UNION SET VALUES RETURNING WINDOW FOR ON'.split(' '));

/** A pair of parentheses, or the statement itself. */
interface Frame {
  /** Whether FROM stands for tables here: not in `EXTRACT(year FROM day)`. */
  isQuery: boolean;
  isInTables: boolean;
}

/** Operations and tables, gathered token by token. */
class Outline {
  private readonly operations: string[] = [];
  private readonly targets = new Set<string>();
  /** Names that WITH gives to queries. */
  private readonly queryNames = new Set<string>();
  private readonly frames: Frame[] = [];
  private frame: Frame = { isQuery: false, isInTables: false };
  /** The first operation that is in no parentheses. */
  private main: string | undefined;
  private object: string | undefined;
  private summary = '';
  /** The token before, in capitals. */
  private before = ';';
  /** Whether the next name is that of a table; `parts` gathers one like `public.orders`. */
  private isExpecting = false;
  private parts = '';

  add(kind: TokenKind, token: string): void {
    const word = kind === 'word' ? token.toUpperCase() : token;
    if (!this.goesOn(kind, token)) {
      this.endTarget(token);
      if (kind === 'word') this.takeWord(word, token);
      else if (kind === 'other') this.takeMark(token);
      else if (kind === 'name' && this.isExpecting) this.parts = token;
      else this.isExpecting = false;
    }
    this.before = word;
  }

  told(): Omit<Statement, 'text'> {
    this.endTarget('');
    const { operations, targets, object, summary } = this;
    const operation = this.main ?? operations[0];
    const isOfTable = (object === undefined || object === 'TABLE') && operation !== 'CALL';
    return {
      operation,
      collection: operations.length === 1 && targets.size === 1 && isOfTable ? [...targets][0] : undefined,
      summary: summary === '' ? undefined : summary,
    };
  }

  /** Whether a token belongs to the name before it. */
  private goesOn(kind: TokenKind, token: string): boolean {
    if (this.parts === '') return false;
    const isPart = token === '.' || ((kind === 'word' || kind === 'name') && this.before === '.');
    if (isPart) this.parts += token;
    return isPart;
  }

  private endTarget(next: string): void {
    if (this.parts === '') return;
    const name = this.parts.replaceAll(/["`]/g, '');
    this.parts = '';
    this.isExpecting = false;
    // A function that gives rows: `FROM generate_series(1, 10)`.
    if ((next === '(' && this.frame.isInTables) || this.queryNames.has(name)) return;
    this.targets.add(name);
    this.say(name);
  }

  private takeWord(word: string, token: string): void {
    const { frame } = this;
    if (word === 'WITH' && this.before === ';') frame.isQuery = true;
    else if (this.begins(word)) this.begin(word);
    else if (this.main === undefined && this.frames.length === 0) this.queryNames.add(token);
    else if (this.isExpecting && objects.has(word) && definitions.has(this.main ?? '')) this.say((this.object = word));
    else if (word === 'FROM' && frame.isQuery && this.before !== 'DISTINCT') frame.isInTables = this.isExpecting = true;
    else if ((word === 'JOIN' || word === 'INTO') && frame.isQuery) this.isExpecting = true;
    else if (afterTables.has(word)) frame.isInTables = this.isExpecting = false;
    else if (this.isExpecting && !between.has(word)) this.parts = token;
  }

  private begins(word: string): boolean {
    return this.before === ';' || word === 'SELECT' || (inner.has(word) && beforeInner.has(this.before));
  }

  private begin(word: string): void {
    this.operations.push(word);
    if (this.frames.length === 0) this.main ??= word;
    this.say(word);
    this.frame.isQuery = queries.has(word);
    this.frame.isInTables = false;
    this.isExpecting = named.has(word);
  }

  private takeMark(mark: string): void {
    if (mark === '(') {
      this.frames.push(this.frame);
      this.frame = { isQuery: false, isInTables: false };
      this.isExpecting = false;
    } else if (mark === ')') this.frame = this.frames.pop() ?? this.frame;
    else if (mark === ',' && this.frame.isInTables) this.isExpecting = true;
  }

  private say(word: string): void {
    const longer = this.summary === '' ? word : `${this.summary} ${word}`;
    if (longer.length <= summaryMax) this.summary = longer;
  }
}
