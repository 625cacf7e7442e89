/** bunyan: each record goes through one method of the loggers' prototype before it is written to the logger's streams. */
import type { AnyValueMap } from '@opentelemetry/api-logs';
import { exceptionIn } from '../exception-of.ts';
import { severityOfName, severityOfNumber } from '../severity.ts';
import { traceFieldNames, traceFields } from '../trace-fields.ts';
import { replaceMethod } from './methods.ts';
import { writing } from './sink.ts';
import type { Bridge, LogSink } from './sink.ts';

interface Bunyan {
  readonly prototype: object;
  readonly nameFromLevel?: Readonly<Record<number, string>>;
}

type BunyanRecord = Record<string, unknown> & { readonly level: number };

/** `isRead`: the line is made for somebody who asks for it, and not written. */
type Emit = (this: unknown, record: BunyanRecord, isRead?: boolean) => string;

export const bridge: Bridge = (exports, sink) => {
  const { prototype, nameFromLevel = {} } = exports as Partial<Bunyan>;
  if (typeof prototype !== 'object' || !Object.hasOwn(prototype, '_emit')) return undefined;
  return replaceMethod<Emit>(prototype, '_emit', (original) => {
    return function emit(record, isRead) {
      if (isRead === true) return Reflect.apply(original, this, [record, isRead]);
      const label = nameFromLevel[record.level] ?? '';
      const severity = severityOfName(label) ?? severityOfNumber(record.level);
      if (!sink.ignores(severity)) tell(record, severity, label, sink);
      // The record is bunyan's own, made for this call.
      if (record['trace_id'] === undefined) Object.assign(record, traceFields());
      return writing(() => Reflect.apply(original, this, [record, isRead]));
    };
  });
};

/** Fields of every record that are no attributes. */
const known = ['level', 'msg', 'time', 'v', ...traceFieldNames];

function tell(record: BunyanRecord, severity: number, label: string, sink: LogSink): void {
  const { name, msg, time, pid } = record;
  const logger = sink.logger(name);
  if (!logger.passes(severity)) return;
  const found = exceptionIn(record);
  const left = new Set<string>(known);
  if (found !== undefined) left.add(found.key);
  if (name === logger.scope.name) left.add('name');
  // The resource has them.
  if (pid === process.pid) left.add('pid').add('hostname');
  const attributes: AnyValueMap = {};
  for (const key of Object.keys(record)) if (!left.has(key)) attributes[key] = record[key] as AnyValueMap[string];
  logger.emit({
    severityNumber: severity,
    severityText: label,
    body: msg as string,
    attributes,
    ...(found !== undefined && { exception: found.exception }),
    ...(time instanceof Date && { timestamp: time }),
  });
}
