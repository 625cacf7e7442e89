/**
 * What a request must become, written as plainly as can be from the tables of src/model and the rules in docs of the decoders: the
 * decoders are tested against it. Ids are names (id-names.ts).
 */
import type { DecodeContext } from '../../src/ingest/otlp/context.ts';
import { prometheusLabels, prometheusMetricName } from '../../src/codec/prometheus-names.ts';
import { metricIdOf } from '../../src/model/metric-ids.ts';
import { nameOf } from './id-names.ts';
import type { Entry } from './id-names.ts';
import type { Row } from './rows.ts';
import type { Message, Value } from './wire.ts';

export interface Expected {
  readonly rows: Record<string, Row[]>;
  accepted: number;
  rejected: number;
}

interface Group {
  readonly resource: Row;
  readonly scope: Row;
  readonly service: string;
}

const noBytes = new Uint8Array(0);
const levels = ['unknown', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const two63 = 2n ** 63n;
const nsPerDay = 86_400_000_000_000n;

export class Expectation implements Expected {
  readonly rows: Record<string, Row[]> = {};
  accepted = 0;
  rejected = 0;
  readonly #context: DecodeContext;
  readonly #written = new Set<string>();
  /** Times of the points of a resource that were taken. */
  #takenNs: bigint[] = [];

  constructor(context: DecodeContext) {
    this.#context = context;
  }

  traces(request: Message): this {
    for (const [group, span] of this.#items(request, 'resource_spans', 'scope_spans', 'spans')) this.#span(group, span);
    return this;
  }

  logs(request: Message): this {
    for (const [group, record] of this.#items(request, 'resource_logs', 'scope_logs', 'log_records')) this.#record(group, record);
    return this;
  }

  metrics(request: Message): this {
    for (const one of messages(request['resource_metrics'])) {
      this.#takenNs = [];
      for (const [group, metric] of this.#items({ resource_metrics: [one] }, 'resource_metrics', 'scope_metrics', 'metrics'))
        this.#metric(group, metric);
      this.#targetInfo(one);
    }
    return this;
  }

  *#items(request: Message, groups: string, scopes: string, items: string): Generator<[Group, Message]> {
    for (const resourceGroup of messages(request[groups])) {
      const resource = this.#resource(message(resourceGroup['resource']), text(resourceGroup['schema_url']));
      for (const scopeGroup of messages(resourceGroup[scopes])) {
        const scope = this.#scope(message(scopeGroup['scope']), text(scopeGroup['schema_url']));
        const service = String(resource['service']);
        for (const item of messages(scopeGroup[items])) yield [{ resource, scope, service }, item];
      }
    }
  }

  #resource(resource: Message, schemaUrl: string): Row {
    const attributes = entries(resource['attributes']);
    const named = attributes.find(([key, value, type]) => key === 'service.name' && type === 's' && value !== '');
    const entities = messages(resource['entity_refs']).map((entity) => ({
      schemaUrl: text(entity['schema_url']),
      type: text(entity['type']),
      idKeys: list(entity['id_keys']),
      descriptionKeys: list(entity['description_keys']),
    }));
    return {
      tenant: this.#context.tenant,
      service: named?.[1] ?? 'unknown_service',
      attributes,
      dropped_attributes: number(resource['dropped_attributes_count']),
      schema_url: schemaUrl,
      entity_refs: entities.length === 0 ? '' : JSON.stringify(entities),
    };
  }

  #scope(scope: Message, schemaUrl: string): Row {
    return {
      tenant: this.#context.tenant,
      name: text(scope['name']),
      version: text(scope['version']),
      attributes: entries(scope['attributes']),
      dropped_attributes: number(scope['dropped_attributes_count']),
      schema_url: schemaUrl,
    };
  }

  #span(group: Group, span: Message): void {
    const start = long(span['start_time_unix_nano']);
    const traceId = hex(span['trace_id']);
    const spanId = hex(span['span_id']);
    const parent = hex(span['parent_span_id']);
    const isValid = isId(traceId, 32) && isId(spanId, 16) && [0, 16].includes(parent.length);
    if (!isValid || !this.#isTimely(start)) return void this.rejected++;
    const events = messages(span['events']);
    const links = messages(span['links']);
    const status = message(span['status']);
    this.#origin(group, start);
    this.#add('spans', {
      ...this.#rowStart(group),
      name: text(span['name']),
      start_time: start,
      duration_ns: BigInt.asUintN(64, long(span['end_time_unix_nano']) - start),
      trace_id: traceId,
      span_id: spanId,
      parent_span_id: parent.padStart(16, '0'),
      kind: enumOf(span['kind'], 5),
      status: enumOf(status['code'], 2),
      status_message: text(status['message']),
      attributes: entries(span['attributes']),
      extra: extraOf(span),
      ...originIds(group),
    });
    const place = { ...this.#rowStart(group), start_time: start, trace_id: traceId, span_id: spanId };
    for (const [position, event] of events.entries()) {
      this.#add('span_events', {
        ...place,
        position,
        time: long(event['time_unix_nano']),
        name: text(event['name']),
        attributes: entries(event['attributes']),
        dropped_attributes: number(event['dropped_attributes_count']),
      });
    }
    for (const [position, link] of links.entries()) {
      this.#add('span_links', {
        ...place,
        position,
        linked_trace_id: idOrZero(link['trace_id'], 32),
        linked_span_id: idOrZero(link['span_id'], 16),
        trace_state: text(link['trace_state']),
        flags: number(link['flags']),
        attributes: entries(link['attributes']),
        dropped_attributes: number(link['dropped_attributes_count']),
      });
    }
    this.accepted++;
  }

  #record(group: Group, record: Message): void {
    const own = long(record['time_unix_nano']);
    const observed = long(record['observed_time_unix_nano']);
    const time = own || observed || this.#context.nowNs;
    if (!this.#isTimely(time)) return void this.rejected++;
    const severity = enumOf(record['severity_number'], 24);
    this.#origin(group, time);
    this.#add('logs', {
      ...this.#rowStart(group),
      time,
      time_source: own !== 0n ? 0 : observed !== 0n ? 1 : 2,
      observed_time: observed,
      level: severity === 0 ? levelOfText(text(record['severity_text'])) : levels[Math.floor((severity - 1) / 4) + 1]!,
      severity_number: severity,
      severity_text: text(record['severity_text']),
      body: valueText(message(record['body']))[0],
      body_type: valueText(message(record['body']))[1],
      event_name: text(record['event_name']),
      trace_id: idOrZero(record['trace_id'], 32),
      span_id: idOrZero(record['span_id'], 16),
      flags: number(record['flags']),
      attributes: entries(record['attributes']),
      dropped_attributes: number(record['dropped_attributes_count']),
      ...originIds(group),
    });
    this.accepted++;
  }

  #metric(group: Group, metric: Message): void {
    const type = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].find((type) => metric[type] !== undefined);
    if (type === undefined) return;
    const data = message(metric[type]);
    const series: Row = {
      tenant: this.#context.tenant,
      metric: text(metric['name']),
      metric_id: metricIdOf(text(metric['name'])),
      name: prometheusMetricName(text(metric['name']), text(metric['unit']), kindOf(type, data)),
      type,
      unit: text(metric['unit']),
      description: text(metric['description']),
      temporality: enumOf(data['aggregation_temporality'], 2),
      monotonic: data['is_monotonic'] === true ? 1 : 0,
      metadata: entries(metric['metadata']),
      service: group.service,
      ...originIds(group),
    };
    for (const point of messages(data['data_points'])) {
      const time = long(point['time_unix_nano']);
      if (series['metric'] === '' || !this.#isTimely(time) || (type === 'histogram' && !hasFittingBuckets(point)))
        this.rejected++;
      else this.#point(group, series, type, point, time);
    }
  }

  #point(group: Group, metric: Row, type: string, point: Message, time: bigint): void {
    const plain = messages(point['attributes']).map((one) => [text(one['key']), plainText(message(one['value']))] as const);
    const labels = expectedLabels(group.resource['attributes'] as Entry[], plain);
    const series = { ...metric, attributes: entries(point['attributes']), labels };
    const seriesName = nameOf('series', series);
    this.#origin(group, time);
    this.#latest('series', series, time);
    const { service: _, ...rowStart } = this.#rowStart(group);
    const shared = {
      ...rowStart,
      metric_id: metric['metric_id']!,
      series_id: seriesName,
      time,
      start_time: long(point['start_time_unix_nano']),
      flags: number(point['flags']),
    };
    this.#takenNs.push(time);
    const [table, row] = pointRow(type, point);
    this.#add(table, { ...shared, ...row });
    for (const exemplar of messages(point['exemplars'])) {
      const exemplarTime = long(exemplar['time_unix_nano']) || time;
      if (!this.#isTimely(exemplarTime)) continue;
      this.#add('exemplars', {
        ...rowStart,
        metric_id: metric['metric_id']!,
        series_id: seriesName,
        point_time: time,
        time: exemplarTime,
        ...numberRow(exemplar),
        trace_id: idOrZero(exemplar['trace_id'], 32),
        span_id: idOrZero(exemplar['span_id'], 16),
        attributes: entries(exemplar['filtered_attributes']),
      });
    }
    this.accepted++;
  }

  /** The series that says what a resource is, and its samples: at the last point, and each two and a half minutes before it. */
  #targetInfo(group: Message): void {
    const resource = this.#resource(message(group['resource']), text(group['schema_url']));
    const attributes = resource['attributes'] as Entry[];
    const [job, instance] = identityOf(attributes);
    const others = attributes.filter(([key]) => !['service.namespace', 'service.name', 'service.instance.id'].includes(key));
    const sorted = this.#takenNs.toSorted((a, b) => (a < b ? -1 : 1));
    const [first, last] = [sorted[0], sorted.at(-1)];
    if (others.length === 0 || (job === '' && instance === '') || first === undefined || last === undefined) return;
    const metric_id = metricIdOf('target_info');
    const series: Row = {
      tenant: this.#context.tenant,
      metric: 'target_info',
      metric_id,
      name: 'target_info',
      type: 'info',
      unit: '',
      description: 'Target metadata',
      temporality: 0,
      monotonic: 0,
      metadata: [],
      service: String(resource['service']),
      attributes: [],
      labels: expectedLabels(attributes, others.map(plainEntry)),
      resource_id: nameOf('resources', resource),
      scope_id: 'unknown scopes',
    };
    const series_id = nameOf('series', series);
    const times = Array.from(
      { length: Number((last - first + 149_999_999_999n) / 150_000_000_000n) },
      (_, i) => first + BigInt(i) * 150_000_000_000n,
    );
    for (const time of [...times, last]) {
      this.#latest('resources', resource, time);
      this.#latest('series', series, time);
      const { service: _, ...rowStart } = this.#rowStart({ service: '' });
      this.#add('samples', {
        ...rowStart,
        metric_id,
        series_id,
        time,
        start_time: 0n,
        flags: 0,
        value: 1,
        is_int: 1,
        int_rest: 0,
      });
    }
  }

  #rowStart(group: Pick<Group, 'service'>): Row {
    return { tenant: this.#context.tenant, batch: (1n << 32n) | 7n, service: group.service };
  }

  #isTimely(time: bigint): boolean {
    return time >= this.#context.oldestNs && time <= this.#context.newestNs;
  }

  #origin({ resource, scope }: Group, time: bigint): void {
    this.#latest('resources', resource, time);
    this.#latest('scopes', scope, time);
  }

  /** A row that is written once per day. */
  #latest(table: string, row: Row, time: bigint): void {
    const named = { ...row, id: nameOf(table, row), day: Number(time / nsPerDay) };
    const key = JSON.stringify([table, named.id, named.day]);
    if (this.#written.has(key)) return;
    this.#written.add(key);
    this.#add(table, named);
  }

  #add(table: string, row: Row): void {
    (this.rows[table] ??= []).push(row);
  }
}

function originIds({ resource, scope }: Group): Row {
  return { resource_id: nameOf('resources', resource), scope_id: nameOf('scopes', scope) };
}

function pointRow(type: string, point: Message): [table: string, row: Row] {
  if (type === 'gauge' || type === 'sum') return ['samples', numberRow(point)];
  const population = { count: long(point['count']), sum: number(point['sum']) };
  if (type === 'summary') {
    const quantiles = messages(point['quantile_values']);
    return [
      'summaries',
      {
        ...population,
        quantiles: doubles(quantiles.map((quantile) => number(quantile['quantile']))),
        quantile_values: doubles(quantiles.map((quantile) => number(quantile['value']))),
      },
    ];
  }
  const isExponential = type === 'exponential_histogram';
  const positive = message(point['positive']);
  const negative = message(point['negative']);
  const present = ['sum', 'min', 'max'].reduce((bits, name, i) => (point[name] === undefined ? bits : bits | (1 << i)), 0);
  return [
    'histograms',
    {
      ...population,
      min: number(point['min']),
      max: number(point['max']),
      present,
      bounds: doubles(list(point['explicit_bounds']) as number[]),
      counts: longs(isExponential ? [] : list(point['bucket_counts'])),
      scale: number(point['scale']),
      zero_count: long(point['zero_count']),
      zero_threshold: number(point['zero_threshold']),
      positive_offset: number(positive['offset']),
      positive_counts: longs(list(positive['bucket_counts'])),
      negative_offset: number(negative['offset']),
      negative_counts: longs(list(negative['bucket_counts'])),
    },
  ];
}

function numberRow(point: Message): Row {
  if (point['as_double'] !== undefined) return { value: number(point['as_double']), is_int: 0, int_rest: 0 };
  if (point['as_int'] === undefined) return { value: 0, is_int: 2, int_rest: 0 };
  const exact = point['as_int'] as bigint;
  const value = BigInt(Number(exact)) === two63 ? Number(two63) - 1024 : Number(exact);
  return { value, is_int: 1, int_rest: Number(exact - BigInt(value)) };
}

function extraOf(span: Message): string {
  const fields = [
    ['traceState', text(span['trace_state'])],
    ['flags', number(span['flags'])],
    ['droppedAttributesCount', number(span['dropped_attributes_count'])],
    ['eventCount', messages(span['events']).length],
    ['droppedEventsCount', number(span['dropped_events_count'])],
    ['linkCount', messages(span['links']).length],
    ['droppedLinksCount', number(span['dropped_links_count'])],
  ].filter(([, value]) => value !== 0 && value !== '');
  return fields.length === 0 ? '' : JSON.stringify(Object.fromEntries(fields));
}

function hasFittingBuckets(point: Message): boolean {
  const bounds = list(point['explicit_bounds']) as number[];
  const counts = list(point['bucket_counts']);
  const isRising = bounds.every((bound, i) => !Number.isNaN(bound) && (i === 0 || bound > bounds[i - 1]!));
  return isRising && (counts.length === bounds.length + 1 || (counts.length === 0 && bounds.length === 0));
}

function entries(attributes: Value | undefined): Entry[] {
  return messages(attributes).map((attribute): Entry => {
    const [value, type] = valueText(message(attribute['value']));
    return [text(attribute['key']), value, type];
  });
}

function valueText(value: Message): [text: string, type: string] {
  const [name = ''] = Object.keys(value);
  switch (name) {
    case 'string_value':
      return [text(value[name]), 's'];
    case 'bool_value':
      return [value[name] === true ? 'true' : 'false', 'b'];
    case 'int_value':
      return [String(long(value[name])), 'i'];
    case 'double_value':
      return [doubleText(number(value[name])), 'd'];
    case 'bytes_value':
      return [base64(value[name]), 'x'];
    case 'array_value':
      return [arrayJson(message(value[name])), 'a'];
    case 'kvlist_value':
      return [mapJson(message(value[name])), 'm'];
    default:
      return ['', 'e'];
  }
}

function kindOf(type: string, data: Message): 'gauge' | 'counter' | 'other' {
  if (type === 'gauge') return type;
  return type === 'sum' && data['is_monotonic'] === true ? 'counter' : 'other';
}

/** The labels of Prometheus, sorted; of several values of a resource the first counts. */
function expectedLabels(resource: readonly Entry[], plain: readonly (readonly [string, string])[]): Entry[] {
  const labels = Object.fromEntries(prometheusLabels(plain));
  const [job, instance] = identityOf(resource);
  if (job !== '') labels['job'] = job;
  if (instance !== '') labels['instance'] = instance;
  return Object.keys(labels)
    .filter((name) => labels[name] !== '')
    .toSorted()
    .map((name): Entry => [name, labels[name]!, 's']);
}

function identityOf(resource: readonly Entry[]): [job: string, instance: string] {
  const of = (key: string): string => {
    const found = resource.find(([name]) => name === key);
    return found === undefined ? '' : plainEntry(found)[1];
  };
  const job = [of('service.namespace'), of('service.name')].filter((part) => part !== '').join('/');
  return [of('service.name') === '' ? '' : job, of('service.instance.id')];
}

function plainEntry([key, value, type]: Entry): [string, string] {
  return [key, type === 'a' || type === 'm' ? plainOfJson(JSON.parse(value), type) : value];
}

/** An attribute's value as a label has it: lists and maps as plain JSON. */
function plainText(value: Message): string {
  const [stored, type] = valueText(value);
  return type === 'a' || type === 'm' ? plainOfJson(JSON.parse(stored), type) : stored;
}

function plainOfJson(values: Record<string, unknown>[], type: string): string {
  if (type === 'm') {
    const items = values.map((item) => `${JSON.stringify(item['key'])}:${plainItem(item['value'] as Record<string, unknown>)}`);
    return `{${items.join()}}`;
  }
  return `[${values.map(plainItem).join()}]`;
}

function plainItem(value: Record<string, unknown>): string {
  const [[kind, inner] = ['', null]] = Object.entries(value);
  if (kind === 'intValue') return String(inner);
  if (kind !== 'arrayValue' && kind !== 'kvlistValue') return JSON.stringify(inner);
  return plainOfJson((inner as { values: Record<string, unknown>[] }).values, kind === 'arrayValue' ? 'a' : 'm');
}

function arrayJson(array: Message): string {
  return `[${messages(array['values']).map(valueJson).join()}]`;
}

function mapJson(map: Message): string {
  const items = messages(map['values']).map(
    (item) => `{"key":${JSON.stringify(text(item['key']))},"value":${valueJson(message(item['value']))}}`,
  );
  return `[${items.join()}]`;
}

function valueJson(value: Message): string {
  const [text, type] = valueText(value);
  switch (type) {
    case 's':
      return `{"stringValue":${JSON.stringify(text)}}`;
    case 'b':
      return `{"boolValue":${text}}`;
    case 'i':
      return `{"intValue":"${text}"}`;
    case 'd':
      return Number.isFinite(Number(text)) ? `{"doubleValue":${text}}` : `{"doubleValue":"${text}"}`;
    case 'x':
      return `{"bytesValue":"${text}"}`;
    case 'a':
      return `{"arrayValue":{"values":${text}}}`;
    case 'm':
      return `{"kvlistValue":{"values":${text}}}`;
    default:
      return '{}';
  }
}

function doubleText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function doubles(values: readonly number[]): string {
  return `[${values.map((value) => doubleText(value).replace('Infinity', 'inf').replace('NaN', 'nan')).join()}]`;
}

function longs(values: readonly Value[]): string {
  return `[${values.map(String).join()}]`;
}

/** Of the words that the fixtures have, and of single letters. */
function levelOfText(severity: string): string {
  const words: Record<string, string> = {
    information: 'info',
    warning: 'warn',
    err: 'error',
    critical: 'fatal',
    verbose: 'trace',
  };
  const word = severity.toLowerCase().replace(/[234]$/, '');
  if (levels.includes(word)) return word;
  const byLetter = levels.find((level) => level !== 'unknown' && level[0] === (word === 'v' ? 't' : word));
  return words[word] ?? byLetter ?? 'unknown';
}

function enumOf(value: Value | undefined, max: number): number {
  const found = number(value);
  return found >= 0 && found <= max ? found : 0;
}

function isId(digits: string, size: number): boolean {
  return digits.length === size && !/^0*$/.test(digits);
}

function idOrZero(value: Value | undefined, size: number): string {
  const digits = hex(value);
  return digits.length === size ? digits : '0'.repeat(size);
}

function hex(value: Value | undefined): string {
  return Buffer.from((value ?? noBytes) as Uint8Array).toString('hex');
}

function base64(value: Value | undefined): string {
  return Buffer.from((value ?? noBytes) as Uint8Array).toString('base64');
}

function text(value: Value | undefined): string {
  return (value ?? '') as string;
}

function number(value: Value | undefined): number {
  return (value ?? 0) as number;
}

function long(value: Value | undefined): bigint {
  return (value ?? 0n) as bigint;
}

function message(value: Value | undefined): Message {
  return (value ?? {}) as Message;
}

function messages(value: Value | undefined): readonly Message[] {
  return (value ?? []) as readonly Message[];
}

function list(value: Value | undefined): readonly Value[] {
  return (value ?? []) as readonly Value[];
}
