import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

/** Copies text and says that it did. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      globalThis.setTimeout(() => setCopied(false), 1500);
    } catch {
      // Browsers refuse without permission, or without HTTPS; the text can still be selected by hand.
      setCopied(false);
    }
  };
  return (
    <button
      type="button"
      class="control quiet small"
      aria-label={copied ? 'Copied' : label}
      title={label}
      onClick={() => void copy()}
    >
      <Icon name={copied ? 'check' : 'copy'} />
    </button>
  );
}
