import type { Attributes, LogRecord } from '../../../src/api/sonde/contract.ts';
import { formatExact } from '../format/time.ts';
import { logsPath, tracePath } from '../routes.ts';
import type { LogFilters } from '../routes.ts';
import { range } from '../state/range.ts';
import { attributeText } from '../trace/find.ts';
import { AttributeList } from './attribute-list.tsx';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icon.tsx';

interface LogDetailProps {
  readonly log: LogRecord;
  readonly filters: LogFilters;
  readonly change: (part: Partial<LogFilters>) => void;
}

/** Everything about one log record, with the ways on from it: its trace, others like it. */
export function LogDetail({ log, filters, change }: LogDetailProps) {
  const hrefOf = (attr: string): string =>
    logsPath(range.value, { ...filters, attrs: filters.attrs.includes(attr) ? filters.attrs : [...filters.attrs, attr] });
  return (
    <div class="log-detail">
      <div class="actions">
        {log.traceId !== '' && (
          <a class="control primary" href={tracePath(range.value, log.traceId, log.spanId)}>
            <Icon name="link" />
            Show trace
          </a>
        )}
        {log.traceId !== '' && (
          <a class="control" href={logsPath(range.value, { traceId: log.traceId })}>
            Logs of this trace
          </a>
        )}
        <button type="button" class="control" onClick={() => change({ service: log.service })}>
          Only {log.service}
        </button>
        <button type="button" class="control" onClick={() => change({ levels: [log.level] })}>
          Only {log.level}
        </button>
        <CopyButton text={log.body} label="Copy the text" />
      </div>
      <pre class="log-text">{prettyBody(log)}</pre>
      <div class="detail-columns">
        <section>
          <h3>Attributes</h3>
          <AttributeList
            attributes={log.attributes}
            dropped={log.droppedAttributes}
            hrefOf={hrefOf}
            hrefTitle="Only records with this attribute"
          />
        </section>
        <section>
          <h3>Record</h3>
          <AttributeList attributes={recordFacts(log)} />
        </section>
        <section>
          <h3>Resource</h3>
          <AttributeList attributes={log.resource.attributes} hrefOf={hrefOf} hrefTitle="Only records with this attribute" />
        </section>
      </div>
    </div>
  );
}

/** The body as it is; a structure, or JSON in text, indented. */
function prettyBody({ body, bodyValue }: LogRecord): string {
  if (typeof bodyValue === 'object' && bodyValue !== null) return JSON.stringify(bodyValue, null, 2);
  if (!body.startsWith('{') && !body.startsWith('[')) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function recordFacts(log: LogRecord): Attributes {
  const facts: Record<string, string> = { time: formatExact(log.timeNs) };
  if (log.observedTimeNs !== '0' && log.observedTimeNs !== log.timeNs) facts['observed'] = formatExact(log.observedTimeNs);
  facts['severity'] = `${log.severityText === '' ? log.level : log.severityText} (${log.severityNumber})`;
  const texts = { 'event name': log.eventName, 'trace id': log.traceId, 'span id': log.spanId, scope: scopeOf(log) };
  for (const [name, text] of Object.entries(texts)) if (text !== '') facts[name] = text;
  return facts;
}

function scopeOf({ scope }: LogRecord): string {
  const attributes = Object.entries(scope.attributes).map(([key, value]) => `${key}=${attributeText(value)}`);
  return [scope.name, scope.version, ...attributes].filter((part) => part !== '').join(' ');
}
