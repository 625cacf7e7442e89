import { useId, useRef, useState } from 'preact/hooks';
import type { RefObject, TargetedKeyboardEvent } from 'preact';
import { Icon } from './icon.tsx';
import type { Suggestion } from './suggestions.ts';

interface ComboboxProps {
  readonly label: string;
  readonly placeholder: string;
  /** What is chosen now; empty for nothing. */
  readonly value: string;
  readonly suggest: (typed: string) => readonly Suggestion[];
  readonly onChoose: (text: string) => void;
  /** Whether text that is not on the list may be chosen. */
  readonly free?: boolean;
  readonly widthPx?: number;
  readonly inputRef?: RefObject<HTMLInputElement | null>;
  readonly onOpen?: () => void;
}

/** A field with suggestions, by the ARIA pattern of an editable combobox: type to narrow, arrows and Enter to choose, Escape to leave. */
export function Combobox(props: ComboboxProps) {
  const { label, placeholder, value, onChoose, widthPx = 160 } = props;
  const own = useRef<HTMLInputElement>(null);
  const input = props.inputRef ?? own;
  const id = useId();
  const list = useOptions(props);
  return (
    <div class={value === '' ? 'combobox' : 'combobox chosen'} style={{ width: `${widthPx}px` }}>
      <input
        ref={input}
        class="field"
        role="combobox"
        aria-label={label}
        aria-expanded={list.open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={list.options.length > 0 ? `${id}-${list.active}` : undefined}
        autoComplete="off"
        spellcheck={false}
        placeholder={list.open && value !== '' ? value : placeholder}
        value={list.typed ?? value}
        title={value}
        onFocus={list.start}
        onClick={list.start}
        onBlur={list.leave}
        onInput={(event) => list.type(event.currentTarget.value)}
        onKeyDown={list.onKey}
      />
      {value !== '' && !list.open && (
        <button type="button" class="field-clear" aria-label={`Clear ${label.toLowerCase()}`} onClick={() => onChoose('')}>
          <Icon name="close" />
        </button>
      )}
      {list.open && <OptionList id={id} label={label} options={list.options} active={list.active} take={list.take} />}
    </div>
  );
}

/** The state of the list: what is typed (undefined while it is closed), what that offers, and which option is at hand. */
function useOptions({ suggest, onChoose, onOpen, free = false }: ComboboxProps) {
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(0);
  const open = typed !== undefined;
  const options = open ? suggest(typed) : [];
  const type = (text: string): void => {
    setTyped(text);
    setActive(0);
  };
  const start = (): void => {
    if (open) return;
    type('');
    onOpen?.();
  };
  const leave = (): void => setTyped(undefined);
  const choose = (text: string): void => {
    leave();
    onChoose(text);
  };
  const take = (option: Suggestion): void => (option.done ? choose(option.text) : type(option.text));
  const enter = (): void => {
    const option = options[active];
    if (option !== undefined) take(option);
    else if (free && typed !== undefined && typed.trim() !== '') choose(typed.trim());
  };
  const onKey = (event: TargetedKeyboardEvent<HTMLInputElement>): void => {
    const action = keyAction(event.key, { open, active, count: options.length });
    if (action === undefined) return;
    event.preventDefault();
    if (action === 'open') start();
    else if (action === 'leave') event.currentTarget.blur();
    else if (action === 'enter') enter();
    else setActive(action);
  };
  return { open, typed, options, active, type, start, leave, take, onKey };
}

interface OptionListProps {
  readonly id: string;
  readonly label: string;
  readonly options: readonly Suggestion[];
  readonly active: number;
  readonly take: (option: Suggestion) => void;
}

function OptionList({ id, label, options, active, take }: OptionListProps) {
  return (
    <ul id={`${id}-list`} class="options" role="listbox" aria-label={label}>
      {options.map((option, i) => (
        <li
          key={option.text}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === active}
          ref={(element) => {
            if (i === active) element?.scrollIntoView({ block: 'nearest' });
          }}
          // Before the field loses the focus, which would close the list.
          onPointerDown={(event) => {
            event.preventDefault();
            take(option);
          }}
        >
          <span>{option.text}</span>
          <small>{option.hint}</small>
        </li>
      ))}
      {options.length === 0 && <li class="faint">Nothing known by that name in this range</li>}
    </ul>
  );
}

interface ListState {
  readonly open: boolean;
  readonly active: number;
  readonly count: number;
}

/** What a key does in the list: a number is the option to go to. */
function keyAction(key: string, { open, active, count }: ListState): number | 'open' | 'leave' | 'enter' | undefined {
  if (key === 'Escape') return 'leave';
  if (key === 'ArrowDown') return open ? (count === 0 ? 0 : (active + 1) % count) : 'open';
  if (key === 'ArrowUp') return open && count > 0 ? (active + count - 1) % count : undefined;
  return key === 'Enter' && open ? 'enter' : undefined;
}
