/** What a field offers while someone types in it. Pure. */
import type { AttributesAnswer } from '../../../src/api/sonde/contract.ts';
import { formatNumber } from '../format/number.ts';

export interface Suggestion {
  readonly text: string;
  /** Said beside it: a count, a kind. */
  readonly hint: string;
  /** False: taking it goes on with the next part (`key=` and then a value). */
  readonly done: boolean;
}

const most = 50;

/** Those that contain what was typed, the ones that begin with it first. */
export function suggest(options: readonly Suggestion[], typed: string): Suggestion[] {
  const wanted = typed.trim().toLowerCase();
  const rank = (option: Suggestion): number => option.text.toLowerCase().indexOf(wanted);
  const starting = options.filter((option) => rank(option) === 0);
  const containing = options.filter((option) => rank(option) > 0);
  return [...starting, ...containing].slice(0, most);
}

/** Plain names, each a finished choice. */
export function namesAsSuggestions(names: readonly string[]): Suggestion[] {
  return names.map((text) => ({ text, hint: '', done: true }));
}

/** Keys until there is a `=`, then the key's commonest values; what was typed itself comes last, as values are only a sample. */
export function suggestAttribute(known: AttributesAnswer['attributes'], typed: string): Suggestion[] {
  const equals = typed.indexOf('=');
  if (equals < 0) {
    return suggest(
      known.map(({ key, values }) => ({ text: `${key}=`, hint: valueCount(values.length), done: false })),
      typed,
    );
  }
  const key = typed.slice(0, equals);
  const values = known.find((attribute) => attribute.key === key)?.values ?? [];
  const options = values.map(({ value, count }) => ({ text: `${key}=${value}`, hint: formatNumber(count), done: true }));
  const wanted = typed.slice(equals + 1).toLowerCase();
  const found = options
    .filter(({ text }) =>
      text
        .slice(equals + 1)
        .toLowerCase()
        .includes(wanted),
    )
    .slice(0, most);
  const asTyped = equals > 0 && wanted !== '' && !found.some(({ text }) => text === typed);
  return asTyped ? [...found, { text: typed, hint: 'as typed', done: true }] : found;
}

function valueCount(count: number): string {
  if (count === 0) return '';
  return count === 1 ? '1 value' : `${count} values`;
}
