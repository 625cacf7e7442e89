import { inFlight } from '../api/client.ts';
import { logsPath, metricsPath, sendPath, servicesPath, tracesPath } from '../routes.ts';
import { useKeys } from '../state/keys.ts';
import { navigate, page } from '../state/location.ts';
import { range } from '../state/range.ts';
import { theme, toggleTheme } from '../state/theme.ts';
import { Icon, Mark } from './icon.tsx';
import { TimeControl } from './time-control.tsx';

const sections = [
  { name: 'Services', key: 's', path: servicesPath, kinds: ['services', 'service'] },
  { name: 'Traces', key: 't', path: tracesPath, kinds: ['traces', 'trace'] },
  { name: 'Logs', key: 'l', path: logsPath, kinds: ['logs'] },
  { name: 'Metrics', key: 'm', path: metricsPath, kinds: ['metrics', 'metric'] },
] as const;

/** The bar on top of every page: where to go, when to look, and how it looks. */
export function Header({ showHelp }: { readonly showHelp: () => void }) {
  useKeys([
    ...sections.map(({ name, key, path }) => ({
      keys: `g ${key}`,
      doc: `Go to ${name}`,
      run: () => navigate(path(range.peek())),
    })),
    { keys: 't', doc: 'Dark or light', run: toggleTheme },
    { keys: '?', doc: 'These keys', run: showHelp },
  ]);
  const dark = theme.value === 'dark';
  return (
    <header class="bar">
      <a class="brand" href={servicesPath(range.value)} aria-label="Sonde">
        <Mark />
        <span>Sonde</span>
      </a>
      <nav aria-label="Pages">
        {sections.map(({ name, key, path, kinds }) => {
          const current = (kinds as readonly string[]).includes(page.value.kind);
          return (
            <a key={key} href={path(range.value)} aria-current={current ? 'page' : undefined} title={`${name}  g ${key}`}>
              {name}
            </a>
          );
        })}
      </nav>
      <TimeControl />
      <div class="bar-end">
        <a class="control quiet" href={sendPath(range.value)} title="How to send data to Sonde" aria-label="Send data">
          <Icon name="plus" />
          <span class="send-label">Send data</span>
        </a>
        <button
          type="button"
          class="control quiet"
          aria-label={dark ? 'Use the light theme' : 'Use the dark theme'}
          title={`${dark ? 'Light' : 'Dark'} theme  t`}
          onClick={toggleTheme}
        >
          <Icon name={dark ? 'sun' : 'moon'} />
        </button>
        <button
          type="button"
          class="control quiet"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts  ?"
          onClick={showHelp}
        >
          <Icon name="help" />
        </button>
      </div>
      <div class={inFlight.value > 0 ? 'progress active' : 'progress'} />
    </header>
  );
}
