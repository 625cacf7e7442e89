import type { MetricAnswer } from '../../../src/api/sonde/contract.ts';
import { Combobox } from '../components/combobox.tsx';
import { attrChips, Chips, Choice, ServiceFilter } from '../components/filters.tsx';
import { namesAsSuggestions, suggest, suggestAttribute } from '../components/suggestions.ts';
import { functionsOf } from '../format/metric-type.ts';
import type { MetricView } from '../routes.ts';

interface MetricControlsProps {
  readonly answer: MetricAnswer;
  readonly view: MetricView;
  readonly change: (part: Partial<MetricView>) => void;
}

/** What to compute, what to split by, and what to look at alone. */
export function MetricControls({ answer, view, change }: MetricControlsProps) {
  const functions = functionsOf(answer.metric);
  const keys = namesAsSuggestions(answer.metric.attributeKeys.filter((key) => !view.by.includes(key)));
  const known = answer.metric.attributeKeys.map((key) => ({ key, values: valuesShown(answer, key) }));
  const filters = attrChips(view.attrs);
  const chips = [
    ...view.by.map((key) => ({ name: 'split by', value: key, without: { by: view.by.filter((each) => each !== key) } })),
    ...filters.map(({ name, value }, i) => ({ name, value, without: { attrs: view.attrs.filter((_, at) => at !== i) } })),
  ];
  return (
    <div class="filters" role="search" aria-label="What to draw">
      <Choice
        label="Function"
        options={functions.map((fn) => ({ value: fn, text: fn }))}
        value={answer.fn}
        onChoose={(fn) => change({ fn: fn === functions[0] ? '' : fn })}
      />
      <Combobox
        label="Split by"
        placeholder="Split by …"
        value=""
        widthPx={220}
        suggest={(typed) => suggest(keys, typed)}
        onChoose={(key) => {
          if (key !== '') change({ by: [...view.by, key] });
        }}
      />
      <ServiceFilter value={view.service} onChoose={(service) => change({ service })} />
      <Combobox
        label="Add attribute filter"
        placeholder="Attribute = value"
        value=""
        widthPx={220}
        suggest={(typed) => suggestAttribute(known, typed)}
        onChoose={(attr) => {
          if (attr !== '' && !view.attrs.includes(attr)) change({ attrs: [...view.attrs, attr] });
        }}
      />
      {chips.length > 0 && <Chips items={chips} onRemove={(i) => change(chips[i]?.without ?? {})} />}
    </div>
  );
}

/** The values of a key that the drawn series have: known only for keys that they are split by. */
function valuesShown({ series }: MetricAnswer, key: string): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { labels } of series) {
    const value = labels[key];
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].map(([value, count]) => ({ value, count }));
}
