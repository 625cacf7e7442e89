import { formatShare } from '../format/number.ts';

/** From where on a use is worth a look, and from where on it is trouble. */
const high = 0.8;
const full = 0.95;

/** How much of something is used, as a bar with its number. Null: the service does not send it. */
export function Meter({ label, name, share }: { readonly label: string; readonly name: string; readonly share: number | null }) {
  if (share === null) {
    return (
      <span class="meter absent" title={`${name}: not sent`}>
        <span>{label}</span>
        <i />
        <b>–</b>
      </span>
    );
  }
  const level = share >= full ? 'full' : share >= high ? 'high' : 'calm';
  const percent = Math.min(100, Math.max(0, share * 100));
  return (
    <span
      class={`meter ${level}`}
      role="meter"
      aria-label={name}
      aria-valuenow={Math.round(percent)}
      aria-valuemin={0}
      aria-valuemax={100}
      title={`${name}: ${formatShare(share)}`}
    >
      <span>{label}</span>
      <i>
        <em style={{ width: `${percent}%` }} />
      </i>
      <b>{Math.round(percent)}</b>
    </span>
  );
}
