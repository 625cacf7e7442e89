/** The parts that the filter bars of Traces, Logs and a metric are made of. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { AttributesAnswer, ServicesAnswer } from '../../../src/api/sonde/contract.ts';
import { attributesUrl, servicesUrl } from '../api/endpoints.ts';
import { useQuery } from '../api/query.ts';
import { resolvedRange } from '../state/range.ts';
import { chooseByArrow } from './arrow-choice.ts';
import { Combobox } from './combobox.tsx';
import { Icon } from './icon.tsx';
import { namesAsSuggestions, suggest, suggestAttribute } from './suggestions.ts';

/** Picks one service of those that sent something in the range. Its list is asked for when it is opened. */
export function ServiceFilter({ value, onChoose }: { readonly value: string; readonly onChoose: (service: string) => void }) {
  const [asked, setAsked] = useState(false);
  const services = useQuery<ServicesAnswer>(asked ? servicesUrl(resolvedRange.value) : null);
  const names = namesAsSuggestions((services.data?.services ?? []).map(({ name }) => name).toSorted());
  return (
    <Combobox
      label="Service"
      placeholder="Any service"
      value={value}
      free
      suggest={(typed) => suggest(names, typed)}
      onChoose={onChoose}
      onOpen={() => setAsked(true)}
    />
  );
}

interface AttributeFilterProps {
  readonly signal: 'traces' | 'logs';
  readonly service: string;
  readonly onAdd: (attr: string) => void;
}

/** Adds a `key=value`, with suggestions from what was sent lately. */
export function AttributeFilter({ signal, service, onAdd }: AttributeFilterProps) {
  const [asked, setAsked] = useState(false);
  const answer = useQuery<AttributesAnswer>(asked ? attributesUrl(resolvedRange.value, signal, service) : null);
  const known = answer.data?.attributes ?? [];
  return (
    <Combobox
      label="Add attribute filter"
      placeholder="Attribute = value"
      value=""
      widthPx={220}
      suggest={(typed) => suggestAttribute(known, typed)}
      onChoose={(text) => {
        if (text !== '') onAdd(text);
      }}
      onOpen={() => setAsked(true)}
    />
  );
}

/** What is filtered for, each with a button to take it away. */
export function Chips({
  items,
  onRemove,
}: {
  readonly items: readonly { readonly name: string; readonly value: string }[];
  readonly onRemove: (index: number) => void;
}) {
  return (
    <ul class="chips" aria-label="Filters">
      {items.map(({ name, value }, i) => (
        <li key={`${name}=${value}`}>
          <span>
            <em>{name}</em> {value}
          </span>
          <button type="button" aria-label={`Remove filter ${name} ${value}`} onClick={() => onRemove(i)}>
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** `key=value` filters as chips. */
export function attrChips(attrs: readonly string[]): { name: string; value: string }[] {
  return attrs.map((attr) => {
    const equals = attr.indexOf('=');
    return { name: attr.slice(0, equals), value: attr.slice(equals + 1) };
  });
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly text: string }[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}

/** A few choices side by side, of which one holds. */
export function Choice<T extends string>({ label, options, value, onChoose }: ChoiceProps<T>) {
  return (
    <div class="choice" role="radiogroup" aria-label={label} onKeyDown={chooseByArrow}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChoose(option.value)}
        >
          {option.text}
        </button>
      ))}
    </div>
  );
}

interface TextFilterProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly inputRef?: RefObject<HTMLInputElement | null>;
  readonly widthPx?: number;
  /** Said when what is typed makes no sense. */
  readonly problem?: string | undefined;
  readonly search?: boolean;
}

/** How long after the last letter a text takes effect. */
const typingPauseMs = 300;

/** A text field that takes effect when typing pauses, or at once with Enter. Escape leaves it. */
export function TextFilter({
  label,
  placeholder,
  value,
  onChange,
  inputRef,
  widthPx = 200,
  problem,
  search = false,
}: TextFilterProps) {
  // What is being typed, until it takes effect. No effect copies `value` over it: one that ran late would take letters away.
  const [draft, setDraft] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const settle = (text: string): void => {
    clearTimeout(timer.current);
    setDraft(undefined);
    if (text !== value) onChange(text);
  };
  return (
    <div class={search ? 'text-filter searching' : 'text-filter'} style={{ width: `${widthPx}px` }}>
      {search && <Icon name="search" />}
      <input
        ref={inputRef ?? null}
        class={problem === undefined ? 'field' : 'field wrong'}
        type="text"
        role={search ? 'searchbox' : 'textbox'}
        aria-label={label}
        aria-invalid={problem !== undefined}
        title={problem}
        placeholder={placeholder}
        spellcheck={false}
        autoComplete="off"
        value={draft ?? value}
        onInput={(event) => {
          const text = event.currentTarget.value;
          setDraft(text);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => settle(text), typingPauseMs);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') settle(event.currentTarget.value);
          else if (event.key === 'Escape') {
            event.preventDefault();
            event.currentTarget.blur();
          }
        }}
      />
    </div>
  );
}
