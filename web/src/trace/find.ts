import type { Attributes, AttributeValue, Span } from '../../../src/api/sonde/contract.ts';
import type { SpanTree } from './span-tree.ts';

/**
 * The rows whose name, service, ids, status, attributes or events contain the text, without regard to case. `key=value` looks
 * for an attribute. Empty text finds nothing.
 */
export function findSpans(tree: SpanTree, text: string): number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const rows: number[] = [];
  tree.spans.forEach((span, row) => {
    if (matches(span, wanted)) rows.push(row);
  });
  return rows;
}

function matches(span: Span, wanted: string): boolean {
  const has = (value: string): boolean => value.toLowerCase().includes(wanted);
  return (
    has(span.name) ||
    has(span.service) ||
    span.spanId.startsWith(wanted) ||
    has(span.status.message) ||
    hasAttribute(span.attributes, wanted) ||
    hasAttribute(span.resource.attributes, wanted) ||
    span.events.some((event) => has(event.name) || hasAttribute(event.attributes, wanted))
  );
}

function hasAttribute(attributes: Attributes, wanted: string): boolean {
  for (const key in attributes) {
    if (`${key}=${attributeText(attributes[key] ?? null)}`.toLowerCase().includes(wanted)) return true;
  }
  return false;
}

/** An attribute's value as text: strings as they are, the rest as JSON. */
export function attributeText(value: AttributeValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
