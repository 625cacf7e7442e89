/** The services of a trace in order of appearance, each with its colour's place in the palette. */
import type { SpanTree } from './span-tree.ts';

export interface TraceService {
  readonly name: string;
  readonly index: number;
  readonly spans: number;
  readonly errors: number;
}

export function servicesOf(tree: SpanTree): ReadonlyMap<string, TraceService> {
  const counts = new Map<string, { spans: number; errors: number }>();
  for (const { service, status } of tree.spans) {
    const count = counts.get(service) ?? { spans: 0, errors: 0 };
    count.spans++;
    if (status.code === 'error') count.errors++;
    counts.set(service, count);
  }
  return new Map([...counts].map(([name, { spans, errors }], index) => [name, { name, index, spans, errors }]));
}
