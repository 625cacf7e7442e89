/**
 * Who sent a signal: OTLP resources and instrumentation scopes, stored once per day of the data that they belong to and
 * referred to by id. An id is a 64-bit hash over tenant and content, so it is the same in every process and every encoding.
 */
import { defineTable } from './table.ts';

export const resources = defineTable({
  name: 'resources',
  doc: 'OTLP resources: what produced the telemetry, once per day on which it sent any.',
  keeps: 'latest',
  orderBy: ['tenant', 'id'],
  time: 'day',
  retention: 'longest',
  columns: {
    tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
    id: { kind: 'u64', doc: 'Hash of tenant, attributes, schema URL, dropped count and entity references.' },
    day: { kind: 'u16', type: 'Date', doc: 'UTC day of the rows that refer to it, in days since 1970-01-01.' },
    service: { kind: 'string', type: 'LowCardinality(String)', doc: 'service.name, `unknown_service` when absent.' },
    attributes: { kind: 'attributes', doc: 'Resource attributes.' },
    dropped_attributes: { kind: 'u32', doc: 'Resource.dropped_attributes_count.' },
    schema_url: { kind: 'string', doc: 'Resource….schema_url.' },
    entity_refs: { kind: 'string', doc: 'Resource.entity_refs as OTLP JSON, empty when there are none.' },
  },
});

export const scopes = defineTable({
  name: 'scopes',
  doc: 'OTLP instrumentation scopes: which library produced the telemetry.',
  keeps: 'latest',
  orderBy: ['tenant', 'id'],
  time: 'day',
  retention: 'longest',
  columns: {
    tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
    id: { kind: 'u64', doc: 'Hash of tenant and all that follows.' },
    day: { kind: 'u16', type: 'Date', doc: 'UTC day of the rows that refer to it, in days since 1970-01-01.' },
    name: { kind: 'string', type: 'LowCardinality(String)', doc: 'InstrumentationScope.name.' },
    version: { kind: 'string', type: 'LowCardinality(String)', doc: 'InstrumentationScope.version.' },
    attributes: { kind: 'attributes', doc: 'Scope attributes.' },
    dropped_attributes: { kind: 'u32', doc: 'InstrumentationScope.dropped_attributes_count.' },
    schema_url: { kind: 'string', doc: 'Scope….schema_url.' },
  },
});
