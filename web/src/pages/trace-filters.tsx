import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { ServiceAnswer } from '../../../src/api/sonde/contract.ts';
import { serviceUrl } from '../api/endpoints.ts';
import { useQuery } from '../api/query.ts';
import { Combobox } from '../components/combobox.tsx';
import { attrChips, AttributeFilter, Chips, Choice, ServiceFilter, TextFilter } from '../components/filters.tsx';
import { namesAsSuggestions, suggest } from '../components/suggestions.ts';
import { parseDuration } from '../format/duration.ts';
import type { TraceFilters, TraceStatus } from '../routes.ts';
import { useKeys } from '../state/keys.ts';
import { resolvedRange } from '../state/range.ts';

const statuses = [
  { value: 'any', text: 'Any status' },
  { value: 'error', text: 'Error' },
  { value: 'ok', text: 'OK' },
  { value: 'unset', text: 'Unset' },
] as const satisfies readonly { value: TraceStatus; text: string }[];

const sorts = [
  { value: 'newest', text: 'Newest' },
  { value: 'longest', text: 'Longest' },
] as const;

interface TraceFilterBarProps {
  readonly filters: TraceFilters;
  readonly change: (part: Partial<TraceFilters>) => void;
}

/** Everything that narrows the list of traces. */
export function TraceFilterBar({ filters, change }: TraceFilterBarProps) {
  const operation = useRef<HTMLInputElement>(null);
  useKeys([{ keys: '/', doc: 'Search', run: () => operation.current?.focus() }]);
  const chips = attrChips(filters.attrs);
  return (
    <div class="filters" role="search" aria-label="Filter traces">
      <ServiceFilter value={filters.service} onChoose={(service) => change({ service, operation: '' })} />
      <OperationFilter filters={filters} change={change} inputRef={operation} />
      <Choice label="Status" options={statuses} value={filters.status} onChoose={(status) => change({ status })} />
      <div class="duration-filter" role="group" aria-label="Duration">
        <TextFilter
          label="Shortest duration"
          placeholder="min 10ms"
          widthPx={84}
          value={filters.minDuration}
          problem={durationProblem(filters.minDuration)}
          onChange={(minDuration) => change({ minDuration })}
        />
        <span class="faint">to</span>
        <TextFilter
          label="Longest duration"
          placeholder="max 2s"
          widthPx={84}
          value={filters.maxDuration}
          problem={durationProblem(filters.maxDuration)}
          onChange={(maxDuration) => change({ maxDuration })}
        />
      </div>
      <AttributeFilter
        signal="traces"
        service={filters.service}
        onAdd={(attr) => change({ attrs: withAttr(filters.attrs, attr) })}
      />
      <div class="filters-end">
        <Choice label="Sort" options={sorts} value={filters.sort} onChoose={(sort) => change({ sort })} />
      </div>
      {chips.length > 0 && (
        <Chips items={chips} onRemove={(index) => change({ attrs: filters.attrs.filter((_, i) => i !== index) })} />
      )}
    </div>
  );
}

function OperationFilter({
  filters,
  change,
  inputRef,
}: TraceFilterBarProps & { readonly inputRef: RefObject<HTMLInputElement | null> }) {
  const [asked, setAsked] = useState(false);
  const wanted = asked && filters.service !== '';
  const answer = useQuery<ServiceAnswer>(wanted ? serviceUrl(resolvedRange.value, filters.service) : null, filters.service);
  const names = namesAsSuggestions([...new Set((answer.data?.operations ?? []).map(({ name }) => name))]);
  return (
    <Combobox
      label="Operation"
      placeholder="Any operation"
      widthPx={210}
      value={filters.operation}
      free
      inputRef={inputRef}
      suggest={(typed) => suggest(names, typed)}
      onChoose={(operation) => change({ operation })}
      onOpen={() => setAsked(true)}
    />
  );
}

function durationProblem(text: string): string | undefined {
  return text === '' || parseDuration(text) !== undefined ? undefined : 'Write a duration as 10ms, 1.5s or 2m.';
}

function withAttr(attrs: readonly string[], attr: string): readonly string[] {
  return attrs.includes(attr) ? attrs : [...attrs, attr];
}
