import type { Attributes, AttributeValue } from '../../../src/api/sonde/contract.ts';
import { attributeText } from '../trace/find.ts';
import { CopyButton } from './copy-button.tsx';

interface AttributeListProps {
  readonly attributes: Attributes;
  readonly dropped?: number;
  /** Where a click on a value leads: everything that has it too. */
  readonly hrefOf?: (attr: string) => string;
  readonly hrefTitle?: string;
}

/** Keys and values, by name. A value can be copied, and followed to what else has it. */
export function AttributeList({ attributes, dropped = 0, hrefOf, hrefTitle }: AttributeListProps) {
  const keys = Object.keys(attributes).toSorted();
  if (keys.length === 0 && dropped === 0) return <p class="faint">None</p>;
  return (
    <dl class="attributes">
      {keys.map((key) => {
        const value = attributes[key] ?? null;
        const text = attributeText(value);
        return (
          <div key={key}>
            <dt title={key}>{key}</dt>
            <dd>
              {hrefOf !== undefined && isPlain(value) && text.length < 200 ? (
                <a href={hrefOf(`${key}=${text}`)} title={hrefTitle}>
                  {text}
                </a>
              ) : (
                <span>{readable(value)}</span>
              )}
              <CopyButton text={text} label={`Copy ${key}`} />
            </dd>
          </div>
        );
      })}
      {dropped > 0 && <p class="faint">{dropped} more were dropped by the sender’s limits.</p>}
    </dl>
  );
}

function isPlain(value: AttributeValue): boolean {
  return value !== null && typeof value !== 'object' && value !== '';
}

function readable(value: AttributeValue): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : attributeText(value);
}
