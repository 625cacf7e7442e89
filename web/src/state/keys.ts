/** The commands that the keyboard has right now: the application's and those of the page that is shown. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { matchKey } from './key-sequence.ts';
import type { KeyCommand, Pending } from './key-sequence.ts';

export const keyCommands = signal<readonly KeyCommand[]>([]);

/** Offers commands while the component is there. Which keys they have must not change; what they do may. */
export function useKeys(commands: readonly KeyCommand[]): void {
  const latest = useRef(commands);
  latest.current = commands;
  // Before the page is painted: what can be seen can be used.
  useLayoutEffect(() => {
    const stable = commands.map(({ keys, doc }) => ({
      keys,
      doc,
      run: () => latest.current.find((each) => each.keys === keys)?.run(),
    }));
    keyCommands.value = [...keyCommands.peek(), ...stable];
    return () => {
      keyCommands.value = keyCommands.peek().filter((command) => !stable.includes(command));
    };
  }, []);
}

/** Runs commands as keys are pressed, except while something is being typed. */
export function listenToKeys(): void {
  let pending: Pending | undefined;
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event)) return;
    const match = matchKey(keyCommands.peek(), pending, event.key, event.timeStamp);
    pending = match.pending;
    if (match.command === undefined) return;
    event.preventDefault();
    match.command.run();
  });
}

/** Enter and Space belong to the button or link that has the focus, letters to the field. */
function isTyping(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  if (target === null) return false;
  if (event.key === 'Escape') return target.closest('dialog') !== null;
  if (event.key === 'Enter' || event.key === ' ') return target.closest('a, button, input, select, textarea, summary') !== null;
  if (/^(Arrow|Page|Home|End)/.test(event.key) && target.closest('[data-own-arrows]') !== null) return true;
  return target.closest('input, select, textarea, [contenteditable]') !== null;
}
