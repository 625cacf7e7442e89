/**
 * A series of OTLP as Prometheus has it: its name, and the labels made of the attributes of its points and of `job` and `instance`,
 * which name the resource. Done once per series and day, so with text.
 */
import { prometheusLabels, prometheusMetricName } from '../../codec/prometheus-names.ts';
import type { AttributesColumn } from '../../model/columns.ts';
import { otlpMetricTypes } from '../../model/metrics.ts';

type Entry = readonly [key: string, value: string, type: string];

/** What of a resource becomes labels; empty where it does not say. */
export interface PrometheusTarget {
  /** service.namespace and service.name. */
  readonly job: string;
  /** service.instance.id. */
  readonly instance: string;
  /** The attributes that do not go into these two. */
  readonly others: readonly Entry[];
}

const identifying: ReadonlySet<string> = new Set(['service.namespace', 'service.name', 'service.instance.id']);

/** The name; `type` is an index in `otlpMetricTypes`. */
export function prometheusNameOf(name: string, unit: string, { type, monotonic }: { type: number; monotonic: number }): string {
  const typeName = otlpMetricTypes[type];
  const kind = typeName === 'gauge' ? 'gauge' : typeName === 'sum' && monotonic === 1 ? 'counter' : 'other';
  return prometheusMetricName(name, unit, kind);
}

/** The labels, by name; none is empty. */
export function prometheusLabelsOf(attributes: readonly Entry[], { job, instance }: PrometheusTarget): [string, string][] {
  const labels = prometheusLabels(attributes.map(([key, value, type]) => [key, labelValue(value, type)]));
  if (job !== '') labels.set('job', job);
  if (instance !== '') labels.set('instance', instance);
  return [...labels].filter(([, value]) => value !== '').toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** What the attributes of a resource come to. */
export function targetOf(attributes: readonly Entry[]): PrometheusTarget {
  const of = (wanted: string): string => {
    const [, value = '', type = 's'] = attributes.find(([key]) => key === wanted) ?? [];
    return labelValue(value, type);
  };
  const [namespace, name] = [of('service.namespace'), of('service.name')];
  return {
    job: name === '' || namespace === '' ? name : `${namespace}/${name}`,
    instance: of('service.instance.id'),
    others: attributes.filter(([key]) => !identifying.has(key)),
  };
}

/** Writes labels as a row of text attributes. */
export function writeLabels(column: AttributesColumn, labels: readonly (readonly [name: string, value: string])[]): void {
  for (const [name, value] of labels) {
    column.keys.writeText(name);
    column.values.writeText(value);
    column.endEntry('s');
  }
  column.endRow();
}

function labelValue(value: string, type: string): string {
  if (type !== 'a' && type !== 'm') return value;
  const values = JSON.parse(value) as JsonValue[];
  return type === 'a' ? arrayText(values) : mapText(values as unknown as JsonEntry[]);
}

/** AnyValue and KeyValue in OTLP's JSON, as the decoder writes them; at most 64 deep. */
interface JsonValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values: readonly JsonValue[] };
  readonly kvlistValue?: { readonly values: readonly JsonEntry[] };
}

interface JsonEntry {
  readonly key: string;
  readonly value: JsonValue;
}

function arrayText(values: readonly JsonValue[]): string {
  return `[${values.map(jsonText).join(',')}]`;
}

function mapText(entries: readonly JsonEntry[]): string {
  return `{${entries.map(({ key, value }) => `${JSON.stringify(key)}:${jsonText(value)}`).join(',')}}`;
}

/** A value as plain JSON, integers with all their digits. */
function jsonText({ intValue, arrayValue, kvlistValue, ...scalar }: JsonValue): string {
  if (intValue !== undefined) return intValue;
  if (arrayValue !== undefined) return arrayText(arrayValue.values);
  if (kvlistValue !== undefined) return mapText(kvlistValue.values);
  return JSON.stringify(Object.values(scalar)[0] ?? null);
}
