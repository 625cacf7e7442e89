import { useEffect, useRef } from 'preact/hooks';
import type { KeyCommand } from '../state/key-sequence.ts';
import { keyCommands } from '../state/keys.ts';
import { status } from '../state/status.ts';
import { Icon } from './icon.tsx';

const names: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
};

/** The keys that work right now, those of the page first. */
export function HelpOverlay({ close }: { readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const everywhere = keyCommands.value.filter(isEverywhere);
  const here = keyCommands.value.filter((command) => !isEverywhere(command));
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label="Keyboard shortcuts"
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="help-body">
        <header>
          <h2>Keyboard</h2>
          <button type="button" class="control quiet" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        <div class="help-columns">
          {here.length > 0 && <KeyList title="On this page" commands={here} />}
          <KeyList title="Everywhere" commands={everywhere} />
        </div>
        <footer>Sonde {status.value?.version ?? ''}</footer>
      </div>
    </dialog>
  );
}

function KeyList({ title, commands }: { readonly title: string; readonly commands: readonly KeyCommand[] }) {
  const docs = [...new Set(commands.map(({ doc }) => doc))];
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {docs.map((doc) => (
          <div key={doc}>
            <dt>
              {keysOf(commands, doc).map((keys) => (
                <span key={keys}>
                  {keys.split(' ').map((key) => (
                    <kbd key={key}>{names[key] ?? key}</kbd>
                  ))}
                </span>
              ))}
            </dt>
            <dd>{doc}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function keysOf(commands: readonly KeyCommand[], doc: string): string[] {
  return [...new Set(commands.filter((command) => command.doc === doc).map(({ keys }) => keys))];
}

const everywhereKeys = new Set(['?', 't', 'r', '[', ']', '-']);

function isEverywhere({ keys }: KeyCommand): boolean {
  return keys.startsWith('g ') || everywhereKeys.has(keys);
}
