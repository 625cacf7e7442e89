/**
 * PromQL as a tree (Prometheus 3.14: the full grammar, the experimental parts included). Plain data; `print.ts` turns it back
 * into text, `check.ts` has checked its types.
 */
import type { Matcher } from '../lang/matchers.ts';

/** A part of the query text: offsets in UTF-16 units, the end not included. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

interface Node {
  readonly position: TextRange;
}

export interface NumberLiteral extends Node {
  readonly type: 'number';
  readonly value: number;
  /** Written as a duration, `1h30m`: printed as one. */
  readonly isDuration: boolean;
}

export interface StringLiteral extends Node {
  readonly type: 'string';
  readonly value: string;
}

/** `@ 1.5`, `@ start()`, `@ end()`. */
export type At = { readonly kind: 'time'; readonly ms: number } | { readonly kind: 'start' } | { readonly kind: 'end' };

/**
 * A duration in a range, an offset or a step: in milliseconds when it was written plainly, else an expression whose value (in
 * seconds) depends on the step and range of the query.
 */
export type Duration =
  | { readonly kind: 'literal'; readonly ms: number; readonly position: TextRange }
  | { readonly kind: 'expression'; readonly expr: DurationExpr; readonly position: TextRange };

/** `step()`, `range()`, `min_of(a, b)`, `max_of(a, b)`, arithmetic, and numbers in seconds. */
export type DurationExpr = Node &
  (
    | { readonly type: 'number'; readonly seconds: number; readonly isDuration: boolean }
    | { readonly type: 'step' | 'range' }
    | { readonly type: 'min_of' | 'max_of'; readonly left: DurationExpr; readonly right: DurationExpr }
    | {
        readonly type: 'binary';
        readonly operator: '+' | '-' | '*' | '/' | '%' | '^';
        readonly left: DurationExpr;
        readonly right: DurationExpr;
      }
    | { readonly type: 'unary'; readonly operator: '+' | '-'; readonly expr: DurationExpr }
    | { readonly type: 'paren'; readonly expr: DurationExpr }
  );

export interface VectorSelector extends Node {
  readonly type: 'vectorSelector';
  /** The name before the braces, empty when there is none. It is among the matchers too. */
  readonly name: string;
  /** All matchers, that of the name included, in the order written (the name first). */
  readonly matchers: readonly Matcher[];
  readonly offset: Duration | undefined;
  readonly at: At | undefined;
  /** Experimental: `anchored`, `smoothed`. */
  readonly extension: 'anchored' | 'smoothed' | undefined;
}

export interface MatrixSelector extends Node {
  readonly type: 'matrixSelector';
  /** Carries offset, @ and extension, which are written after the range. */
  readonly vector: VectorSelector;
  readonly range: Duration;
}

export interface Subquery extends Node {
  readonly type: 'subquery';
  readonly expr: Expr;
  readonly range: Duration;
  /** The default step of subqueries when absent. */
  readonly step: Duration | undefined;
  readonly offset: Duration | undefined;
  readonly at: At | undefined;
}

export interface Call extends Node {
  readonly type: 'call';
  /** A name of `signatures`. */
  readonly name: string;
  readonly args: readonly Expr[];
}

export type AggregationOperator =
  | 'sum'
  | 'avg'
  | 'count'
  | 'min'
  | 'max'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'count_values'
  | 'quantile'
  | 'limitk'
  | 'limit_ratio';

export interface Aggregation extends Node {
  readonly type: 'aggregation';
  readonly operator: AggregationOperator;
  readonly expr: Expr;
  /** Of topk, bottomk, quantile, count_values, limitk, limit_ratio. */
  readonly parameter: Expr | undefined;
  readonly grouping: readonly string[];
  /** `without` instead of `by`. */
  readonly without: boolean;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '<' | '>' | '<=' | '>=';
export type SetOperator = 'and' | 'or' | 'unless';
/** `</` keeps what a histogram has below a bound, `>/` what it has above. */
export type TrimOperator = '</' | '>/';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator | TrimOperator;

export type Cardinality = 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';

/** How vectors are matched; there is always one between two vectors, also when nothing was written. */
export interface VectorMatching {
  readonly cardinality: Cardinality;
  /** `on(labels)` when true, `ignoring(labels)` when false. */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Of group_left and group_right. */
  readonly include: readonly string[];
  /** Experimental: values that stand in for missing samples of a side; `fill(x)` sets both. */
  readonly fillLeft: number | undefined;
  readonly fillRight: number | undefined;
}

export interface Binary extends Node {
  readonly type: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  /** With the modifier `bool`. */
  readonly bool: boolean;
  /** Between two vectors only. */
  readonly matching: VectorMatching | undefined;
}

export interface Unary extends Node {
  readonly type: 'unary';
  readonly operator: '+' | '-';
  readonly expr: Expr;
}

export interface Paren extends Node {
  readonly type: 'paren';
  readonly expr: Expr;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Unary
  | Paren;
