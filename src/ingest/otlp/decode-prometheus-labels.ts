/**
 * A series of OTLP as Prometheus has it: its name, and the labels made of the attributes of its points and of `job` and `instance`,
 * which name the resource. Done once per series and day, so with text.
 */
import { prometheusLabelName, prometheusLabels, prometheusMetricName, usualNaming } from '../../codec/prometheus-names.ts';
import type { Naming } from '../../codec/prometheus-names.ts';
import type { AttributesColumn } from '../../model/columns.ts';
import { otlpMetricTypes } from '../../model/metrics.ts';
import type { PrometheusTranslation } from '../protocol.ts';

export type Entry = readonly [key: string, value: string, type: string];

/** What Prometheus does when its configuration says nothing. */
export const usualTranslation: PrometheusTranslation = {
  naming: usualNaming,
  promotes: { all: false, keys: new Set(), butKeys: new Set() },
  keepsIdentifying: false,
  promotesScope: false,
};

/** What of a resource becomes labels; empty where it does not say. */
export interface PrometheusTarget {
  /** service.namespace and service.name. */
  readonly job: string;
  /** service.instance.id. */
  readonly instance: string;
  /** Labels of each series, where the attributes of a point do not have them. */
  readonly promoted: readonly Entry[];
  /** Labels of `target_info`; none when the resource says no more than its name. */
  readonly info: readonly Entry[];
}

/** What of a scope becomes labels, when scopes do. */
export interface PrometheusScope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: readonly Entry[];
}

const identifying: ReadonlySet<string> = new Set(['service.namespace', 'service.name', 'service.instance.id']);

interface Kind {
  /** Index in `otlpMetricTypes`. */
  readonly type: number;
  readonly monotonic: number;
}

/** The name of a metric. */
export function prometheusNameOf(name: string, unit: string, { type, monotonic }: Kind, naming: Naming): string {
  const typeName = otlpMetricTypes[type];
  const kind = typeName === 'gauge' ? 'gauge' : typeName === 'sum' && monotonic === 1 ? 'counter' : 'other';
  return prometheusMetricName(name, unit, kind, naming);
}

type Labels = readonly (readonly [name: string, value: string])[];

/** The labels of a series, by name; none is empty. */
export function prometheusLabelsOf(
  attributes: readonly Entry[],
  target: PrometheusTarget,
  scope: PrometheusScope | undefined,
  naming: Naming,
): Labels {
  const labels = prometheusLabels(attributes.map(plainEntry), naming);
  for (const [key, value] of target.promoted.map(plainEntry)) {
    const name = prometheusLabelName(key, naming);
    if (name !== undefined && (labels.get(name) ?? '') === '') labels.set(name, value);
  }
  if (scope !== undefined) addScope(labels, scope, naming);
  return endLabels(labels, target);
}

/** The labels of `target_info`. */
export function infoLabelsOf(target: PrometheusTarget, naming: Naming): Labels {
  return endLabels(prometheusLabels(target.info.map(plainEntry), naming), target);
}

function addScope(labels: Map<string, string>, { name, version, schemaUrl, attributes }: PrometheusScope, naming: Naming): void {
  for (const [key, value] of attributes.map(plainEntry)) {
    const label = prometheusLabelName(`otel_scope_${key}`, naming);
    if (label !== undefined) labels.set(label, value);
  }
  labels.set('otel_scope_name', name).set('otel_scope_version', version).set('otel_scope_schema_url', schemaUrl);
}

function endLabels(labels: Map<string, string>, { job, instance }: PrometheusTarget): Labels {
  if (job !== '') labels.set('job', job);
  if (instance !== '') labels.set('instance', instance);
  return [...labels].filter(([, value]) => value !== '').toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** What the attributes of a resource come to. */
export function targetOf(attributes: readonly Entry[], { promotes, keepsIdentifying }: PrometheusTranslation): PrometheusTarget {
  const of = (wanted: string): string => {
    const found = attributes.find(([key]) => key === wanted);
    return found === undefined ? '' : plainEntry(found)[1];
  };
  const [namespace, name] = [of('service.namespace'), of('service.name')];
  const others = attributes.filter(([key]) => !identifying.has(key));
  return {
    job: name === '' || namespace === '' ? name : `${namespace}/${name}`,
    instance: of('service.instance.id'),
    promoted: attributes.filter(([key]) => (promotes.all ? !promotes.butKeys.has(key) : promotes.keys.has(key))),
    info: keepsIdentifying && others.length > 0 ? attributes : others,
  };
}

/** Writes labels as a row of text attributes. */
export function writeLabels(column: AttributesColumn, labels: Labels): void {
  for (const [name, value] of labels) {
    column.keys.writeText(name);
    column.values.writeText(value);
    column.endEntry('s');
  }
  column.endRow();
}

/** With the value as Prometheus has it. */
function plainEntry([key, value, type]: Entry): readonly [key: string, value: string] {
  if (type !== 'a' && type !== 'm') return [key, value];
  const values = JSON.parse(value) as JsonValue[];
  return [key, type === 'a' ? arrayText(values) : mapText(values as unknown as JsonEntry[])];
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
