import type { SpanKind } from '../../../src/api/sonde/contract.ts';

const shapes: Readonly<Partial<Record<SpanKind, string>>> = {
  // Into a box, out of a box; onto a shelf, off a shelf.
  server: 'M1.5 6h6M5 3.5 7.5 6 5 8.5M8 1.5h2.5v9H8',
  client: 'M4.5 6h6M8 3.5 10.5 6 8 8.5M4 1.5H1.5v9H4',
  producer: 'M6 8V1.5M3.5 4 6 1.5 8.5 4M1.5 8v2.5h9V8',
  consumer: 'M6 1.5V8M3.5 5.5 6 8l2.5-2.5M1.5 8v2.5h9V8',
};

/** The kind of a span as a small sign; internal ones, which are most, have none. */
export function KindMark({ kind }: { readonly kind: SpanKind }) {
  const shape = shapes[kind];
  if (shape === undefined) return null;
  return (
    <svg class="kind" viewBox="0 0 12 12" role="img" aria-label={kind}>
      <title>{kind}</title>
      <path d={shape} />
    </svg>
  );
}
