import type { GridValues } from '../../../src/api/sonde/contract.ts';
import { lastValue, summary } from '../charts/series.ts';
import { SortHeader, useSorting } from '../components/sorting.tsx';
import type { Format } from '../format/unit.ts';
import type { MetricView } from '../routes.ts';

interface LegendLine {
  readonly label: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: GridValues;
  readonly colour: string;
}

interface MetricLegendProps {
  readonly lines: readonly LegendLine[];
  readonly format: Format;
  /** The point under the cross-hair. */
  readonly index: number | null;
  /** The line nearest to the pointer. */
  readonly focused: number | null;
  readonly view: MetricView;
  readonly change: (part: Partial<MetricView>) => void;
}

/** The series of the chart as a table: what they are, and their numbers. A click on a value looks at it alone. */
export function MetricLegend({ lines, format, index, focused, view, change }: MetricLegendProps) {
  const rows = lines.map(({ labels, values, colour }, line) => {
    const here = index === null ? lastValue(values) : (values[index] ?? null);
    return { line, labels, colour, here, ...(summary(values) ?? { min: null, max: null, mean: null }) };
  });
  const sorting = useSorting(rows, {
    here: (row) => row.here,
    min: (row) => row.min,
    mean: (row) => row.mean,
    max: (row) => row.max,
  });
  const show = (value: number | null): string => (value === null ? '–' : format(value));
  const only = (key: string, value: string): void => {
    if (key === 'service') change({ service: value });
    else change({ attrs: [...view.attrs.filter((attr) => !attr.startsWith(`${key}=`)), `${key}=${value}`] });
  };
  return (
    <div class="panel scroll-x">
      <table class="table metric-legend">
        <caption class="unseen">Series</caption>
        <thead>
          <tr>
            <th scope="col" class="name">
              Series
            </th>
            {(['here', 'min', 'mean', 'max'] as const).map((column) => (
              <SortHeader key={column} sorting={sorting} column={column} class="number">
                {column === 'here' ? (index === null ? 'last' : 'at cursor') : column}
              </SortHeader>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorting.rows.map((row) => (
            <tr key={JSON.stringify(row.labels)} class={row.line === focused ? 'focused' : ''}>
              <th scope="row" class="name">
                <i class="swatch" style={{ background: row.colour }} />
                <SeriesName labels={row.labels} only={only} />
              </th>
              <td class="number">{show(row.here)}</td>
              <td class="number">{show(row.min)}</td>
              <td class="number">{show(row.mean)}</td>
              <td class="number">{show(row.max)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface SeriesNameProps {
  readonly labels: Readonly<Record<string, string>>;
  readonly only: (key: string, value: string) => void;
}

function SeriesName({ labels, only }: SeriesNameProps) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return <span class="muted">all series together</span>;
  return (
    <span class="series-name">
      {entries.map(([key, value]) => (
        <button key={key} type="button" class="label" title={`Only ${key} ${value}`} onClick={() => only(key, value)}>
          <em>{key}</em> {value === '' ? '(empty)' : value}
        </button>
      ))}
    </span>
  );
}
