import type { GridValues } from '../../../src/api/sonde/contract.ts';
import { sparkPath } from './series.ts';

const width = 96;
const height = 26;
const inset = 2;

/** A line small enough for a table's cell. `top` fixes the scale; without it the greatest value does. It says nothing to a screen reader: the number beside it does. */
export function Sparkline({
  values,
  colour,
  top,
}: {
  readonly values: GridValues;
  readonly colour: string;
  readonly top?: number;
}) {
  const greatest = Math.max(0, ...values.filter((value) => value !== null));
  const path = sparkPath(values, width, height - 2 * inset, Math.max(top ?? 0, greatest));
  return (
    <svg class="spark" viewBox={`0 ${-inset} ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} stroke={colour} />
    </svg>
  );
}
