/**
 * Audit records: who did what to what, and how it ended. Log records of the event name `audit` that no sampler and no level keeps back,
 * sent apart from all others, whose maker can wait until the backend has them. Fields after CADF and OCSF.
 */
import { randomUUID } from 'node:crypto';
import type { AnyValue, AnyValueMap } from '@opentelemetry/api-logs';
import { nowMs } from './clock.ts';
import { running } from './instrument.ts';
import { kit } from './kit.ts';
import { writeLog } from './otlp/log.ts';
import type { LogFields } from './otlp/log.ts';
import { caller } from './request.ts';
import { activeContext } from './trace/context.ts';
import type { Scope } from './trace/span.ts';
import { requestAttributes } from './trace/request.ts';
import { parentIn } from './trace/tracer.ts';

export interface AuditEvent {
  /** Who did it; whoever the request's caller is (`identify`) when absent, and nobody is known outside of requests. */
  readonly actor?: { readonly id: string; readonly type?: string; readonly name?: string; readonly address?: string };
  /** What was done, such as `user.delete`. */
  readonly action: string;
  /** To what. */
  readonly target?: { readonly id: string; readonly type?: string; readonly name?: string };
  /** `denied`: it was not allowed. `success` when absent. */
  readonly outcome?: 'success' | 'failure' | 'denied' | 'unknown';
  /** Why it ended so, or was done. */
  readonly reason?: string;
  /** Whatever else is to be kept, as attributes `audit.details.…`. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface AuditOptions {
  /** How long to wait for the backend: 10 s when absent. The record is on its way afterwards, too. */
  readonly timeoutMs?: number;
}

export interface AuditReceipt {
  /** Of the record: `audit.id`. */
  readonly id: string;
  /** The backend has it. */
  readonly isAcknowledged: boolean;
  /** Why it has not, or is not known to have. */
  readonly why?: string;
}

const scope: Scope = { name: `${kit.name}/audit`, version: kit.version, schemaUrl: '' };
const timeoutAtFirstMs = 10_000;
/** Nothing of an audit record is left out for its length. */
const limits = { attributesMax: Infinity, attributeLengthMax: Infinity };

/** Counts the records of this process, so that one that is missing shows. */
let sequence = 0;

/**
 * Records it. The promise is never rejected: it says whether the backend has taken the record, for those who answer only then. Who
 * does not wait loses nothing, as long as the process goes on or ends in an orderly way.
 */
export async function audit(event: AuditEvent, { timeoutMs = timeoutAtFirstMs }: AuditOptions = {}): Promise<AuditReceipt> {
  const id = randomUUID();
  const instrument = running();
  if (instrument === undefined) return { id, isAcknowledged: false, why: 'the kit does not run' };
  try {
    const record = recordOf(event, id);
    const written = instrument.telemetry.writeAudit(scope, (writer) => writeLog(writer, record, limits));
    return { id, ...(await within(timeoutMs, written)) };
  } catch (thrown) {
    // What is handed over may be anything, and throw as it is read.
    return { id, isAcknowledged: false, why: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function recordOf(event: AuditEvent, id: string): LogFields {
  const atMs = nowMs();
  return {
    timeMs: atMs,
    observedMs: atMs,
    ...severityOf(event.outcome),
    body: wordsOf(event),
    attributes: attributesOf(event, id),
    eventName: 'audit',
    span: parentIn(activeContext()),
  };
}

/** INFO, or WARN for what did not succeed. */
function severityOf(outcome: AuditEvent['outcome'] = 'success'): { severity: number; severityText: string } {
  return outcome === 'success' ? { severity: 9, severityText: 'INFO' } : { severity: 13, severityText: 'WARN' };
}

function wordsOf({ actor = caller(), action, target, outcome = 'success' }: AuditEvent): string {
  const who = actor === undefined ? 'somebody' : (actor.name ?? actor.id);
  const what = target === undefined ? '' : ` ${target.type === undefined ? '' : `${target.type} `}${target.name ?? target.id}`;
  return `${who} ${action}${what}: ${outcome}`;
}

function attributesOf(event: AuditEvent, id: string): AnyValueMap {
  const { actor = caller(), action, target, outcome = 'success', reason, details = {} } = event;
  const attributes: AnyValueMap = {
    ...requestAttributes(activeContext()),
    'audit.id': id,
    'audit.sequence': ++sequence,
    'audit.action': action,
    'audit.outcome': outcome,
  };
  for (const [key, value] of Object.entries(actor ?? {})) if (value !== undefined) attributes[`audit.actor.${key}`] = asIs(value);
  for (const [key, value] of Object.entries(target ?? {})) if (value !== undefined) attributes[`audit.target.${key}`] = value;
  if (reason !== undefined) attributes['audit.reason'] = reason;
  for (const [key, value] of Object.entries(details)) attributes[`audit.details.${key}`] = value as AnyValue;
  return attributes;
}

function asIs(value: string | readonly string[]): AnyValue {
  return typeof value === 'string' ? value : [...value];
}

async function within(timeoutMs: number, written: Promise<Omit<AuditReceipt, 'id'>>): Promise<Omit<AuditReceipt, 'id'>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Omit<AuditReceipt, 'id'>>((resolve) => {
    timer = setTimeout(
      () => resolve({ isAcknowledged: false, why: `no answer within ${timeoutMs} ms; it is still being sent` }),
      timeoutMs,
    );
  });
  const receipt = await Promise.race([written, late]);
  clearTimeout(timer);
  return receipt;
}
