import { useState } from 'preact/hooks';
import { formatMoment, formatTyped } from '../format/time.ts';
import {
  autoRefresh,
  nowMs,
  paused,
  range,
  refresh,
  refreshing,
  resolvedRange,
  setAutoRefresh,
  setRange,
  shiftRange,
  widenRange,
} from '../state/range.ts';
import { useKeys } from '../state/keys.ts';
import { isRelative, momentMs, presets, sameRange } from '../state/time-range.ts';
import type { TimeRange } from '../state/time-range.ts';
import { Icon } from './icon.tsx';
import { Popover } from './popover.tsx';

/** The one control for the time range of all pages, with refreshing by hand and by itself. */
export function TimeControl() {
  useKeys([
    { keys: '[', doc: 'Earlier', run: () => shiftRange(-1) },
    { keys: ']', doc: 'Later', run: () => shiftRange(1) },
    { keys: '-', doc: 'Zoom out', run: widenRange },
    { keys: 'r', doc: 'Refresh', run: refresh },
  ]);
  const label = rangeLabel(range.value);
  return (
    <div class="time-control" role="group" aria-label="Time">
      <div class="control-row">
        <button type="button" class="control" aria-label="Earlier" title="Earlier  [" onClick={() => shiftRange(-1)}>
          <Icon name="back" />
        </button>
        <Popover
          label={`Time range: ${label}`}
          align="end"
          face={
            <>
              <Icon name="clock" />
              <span class="time-label">{label}</span>
              <Icon name="down" />
            </>
          }
        >
          {(close) => <RangePanel close={close} />}
        </Popover>
        <button type="button" class="control" aria-label="Later" title="Later  ]" onClick={() => shiftRange(1)}>
          <Icon name="forward" />
        </button>
        <button type="button" class="control" aria-label="Zoom out" title="Zoom out  -" onClick={widenRange}>
          <Icon name="zoomOut" />
        </button>
      </div>
      <button type="button" class="control" aria-label="Refresh" title="Refresh  r" onClick={refresh}>
        <Icon name="refresh" />
      </button>
      <button
        type="button"
        class="control"
        aria-label="Refresh by itself"
        aria-pressed={refreshing.value}
        disabled={!isRelative(range.value)}
        title={liveTitle()}
        onClick={() => setAutoRefresh(!autoRefresh.value)}
      >
        <Icon name="live" />
        <span class="live-label">{refreshing.value && paused.value ? 'Paused' : 'Live'}</span>
      </button>
    </div>
  );
}

function liveTitle(): string {
  if (!isRelative(range.value)) return 'Only a range that ends now can refresh by itself';
  return paused.value ? 'Waits while a list is scrolled or a record is open' : 'Refresh every 10 s';
}

function RangePanel({ close }: { readonly close: () => void }) {
  const pick = (to: TimeRange): void => {
    setRange(to);
    close();
  };
  return (
    <div class="range-panel">
      <ul>
        {presets.map((preset) => (
          <li key={preset.label}>
            <button
              type="button"
              class="option"
              aria-pressed={sameRange(preset.range, range.value)}
              onClick={() => pick(preset.range)}
            >
              {preset.label}
            </button>
          </li>
        ))}
      </ul>
      <AbsoluteForm pick={pick} />
    </div>
  );
}

function AbsoluteForm({ pick }: { readonly pick: (to: TimeRange) => void }) {
  const [from, setFrom] = useState(() => typed(range.peek().from, resolvedRange.peek().fromMs));
  const [to, setTo] = useState(() => typed(range.peek().to, resolvedRange.peek().toMs));
  const [problem, setProblem] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    const [fromMs, toMs] = [momentMs(from, nowMs()), momentMs(to, nowMs())];
    if (fromMs === undefined || toMs === undefined) setProblem('Write a time as 2026-11-20 09:30:00 or now-2h.');
    else if (fromMs >= toMs) setProblem('“From” must be before “To”.');
    else pick({ from: kept(from, fromMs), to: kept(to, toMs) });
  };
  return (
    <form onSubmit={submit} noValidate>
      <label>
        <span>From</span>
        <input class="field mono" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        <span>To</span>
        <input class="field mono" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      <p class={problem === '' ? 'hint' : 'hint problem'} role={problem === '' ? undefined : 'alert'}>
        {problem === ''
          ? `Times are in ${Intl.DateTimeFormat().resolvedOptions().timeZone}. Dragging on a chart zooms.`
          : problem}
      </p>
      <button type="submit" class="control primary">
        Apply
      </button>
    </form>
  );
}

/** `Last 15 minutes`, `Last 45m`, `09:00:00 – 09:15:00`. */
function rangeLabel(shown: TimeRange): string {
  const preset = presets.find((each) => sameRange(each.range, shown));
  if (preset !== undefined) return preset.label;
  const { fromMs, toMs } = resolvedRange.value;
  const now = nowMs();
  const start = formatMoment(fromMs, now);
  if (shown.to === 'now') return `${start} – now`;
  return `${start} – ${formatMoment(toMs, new Date(fromMs).toDateString() === new Date(toMs).toDateString() ? toMs : now)}`;
}

function typed(text: string, ms: number): string {
  return text.startsWith('now') ? text : formatTyped(ms);
}

function kept(text: string, ms: number): string {
  return text.trim().startsWith('now') ? text.trim() : new Date(ms).toISOString();
}
