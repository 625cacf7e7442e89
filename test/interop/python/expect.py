"""What the SDK holds in memory, as Sonde's API shows it."""

import base64
import json
import math
import sys
from collections.abc import Mapping, Sequence

from opentelemetry.sdk.metrics.export import AggregationTemporality, ExponentialHistogram, Gauge, Histogram, Sum

CONTEXT_HAS_IS_REMOTE = 0x100
CONTEXT_IS_REMOTE = 0x200
LARGEST_SAFE_INTEGER = 2**53 - 1


def print_span(span):
    context = span.get_span_context()
    print_item(
        "span",
        {
            "traceId": f"{context.trace_id:032x}",
            "spanId": f"{context.span_id:016x}",
            "parentSpanId": f"{span.parent.span_id:016x}" if span.parent else "",
            "name": span.name,
            "kind": span.kind.name.lower(),
            "startNs": str(span.start_time),
            "durationNs": str(span.end_time - span.start_time),
            "status": {"code": span.status.status_code.name.lower(), "message": span.status.description or ""},
            "traceState": ",".join(f"{key}={value}" for key, value in context.trace_state.items()),
            "flags": flags_of(span.parent),
            "attributes": to_value(span.attributes),
            "droppedAttributes": span.dropped_attributes,
            "resource": to_resource(span.resource),
            "scope": to_scope(span.instrumentation_scope),
            "events": [
                {
                    "timeNs": str(event.timestamp),
                    "name": event.name,
                    "attributes": to_value(event.attributes),
                    "droppedAttributes": event.dropped_attributes,
                }
                for event in span.events
            ],
            "droppedEvents": span.dropped_events,
            "links": [
                {
                    "traceId": f"{link.context.trace_id:032x}",
                    "spanId": f"{link.context.span_id:016x}",
                    "traceState": "",  # This SDK does not send it.
                    "flags": flags_of(link.context),
                    "attributes": to_value(link.attributes),
                    "droppedAttributes": link.dropped_attributes,
                }
                for link in span.links
            ],
            "droppedLinks": span.dropped_links,
        },
    )


def print_log(readable):
    record = readable.log_record
    print_item(
        "log",
        {
            "timeNs": str(record.timestamp or record.observed_timestamp),
            "observedTimeNs": str(record.observed_timestamp),
            "severityNumber": record.severity_number.value if record.severity_number else 0,
            "severityText": record.severity_text or "",
            "bodyValue": to_value(record.body),
            "eventName": record.event_name or "",
            "traceId": f"{record.trace_id:032x}" if record.trace_id else "",
            "spanId": f"{record.span_id:016x}" if record.span_id else "",
            "flags": int(record.trace_flags),
            "attributes": to_value(record.attributes),
            "droppedAttributes": readable.dropped_attributes,
            "resource": to_resource(readable.resource),
            "scope": to_scope(readable.instrumentation_scope),
        },
    )


def print_points(metrics):
    for of_resource in metrics.resource_metrics:
        for of_scope in of_resource.scope_metrics:
            for metric in of_scope.metrics:
                for point in metric.data.data_points:
                    item = {
                        "name": metric.name,
                        "unit": metric.unit or "",
                        "description": metric.description or "",
                        "attributes": to_value(point.attributes),
                        "resource": to_resource(of_resource.resource),
                        "scope": to_scope(of_scope.scope),
                        "timeNs": str(point.time_unix_nano),
                        "startNs": str(point.start_time_unix_nano or 0),
                        "flags": getattr(point, "flags", 0),
                        "exemplars": [to_exemplar(exemplar) for exemplar in point.exemplars],
                    }
                    print_item("point", item | to_data(metric.data, point))


def to_data(data, point):
    if isinstance(data, Gauge):
        # This SDK sends no start time for gauges.
        return {"type": "gauge", "temporality": "unspecified", "monotonic": False, "startNs": "0", "value": to_number(point.value)}
    temporality = "delta" if data.aggregation_temporality is AggregationTemporality.DELTA else "cumulative"
    if isinstance(data, Sum):
        return {"type": "sum", "temporality": temporality, "monotonic": data.is_monotonic, "value": to_number(point.value)}
    numbers = {
        "temporality": temporality,
        "monotonic": False,
        "count": str(point.count),
        "sum": float(point.sum),
        "min": float(point.min),
        "max": float(point.max),
    }
    if isinstance(data, Histogram):
        bounds = {"bounds": [float(bound) for bound in point.explicit_bounds], "counts": [str(count) for count in point.bucket_counts]}
        return {"type": "histogram", **numbers, **bounds}
    assert isinstance(data, ExponentialHistogram)
    exponential = {
        "scale": point.scale,
        "zeroCount": str(point.zero_count),
        "zeroThreshold": 0,
        "positive": to_buckets(point.positive),
        "negative": to_buckets(point.negative),
    }
    return {"type": "exponential_histogram", **numbers, "exponential": exponential}


def to_buckets(buckets):
    if not buckets.bucket_counts:
        return {"offset": 0, "counts": []}
    return {"offset": buckets.offset, "counts": [str(count) for count in buckets.bucket_counts]}


def to_exemplar(exemplar):
    return {
        "timeNs": str(exemplar.time_unix_nano),
        "value": to_number(exemplar.value),
        "traceId": f"{exemplar.trace_id:032x}" if exemplar.trace_id is not None else "",
        "spanId": f"{exemplar.span_id:016x}" if exemplar.span_id is not None else "",
        "attributes": to_value(exemplar.filtered_attributes or {}),
    }


def to_number(value):
    return {"int": str(value)} if isinstance(value, int) else {"double": value}


def to_resource(resource):
    return {"attributes": to_value(resource.attributes), "droppedAttributes": 0, "schemaUrl": resource.schema_url or ""}


def to_scope(scope):
    return {
        "name": scope.name,
        "version": scope.version or "",
        "attributes": to_value(scope.attributes or {}),
        "droppedAttributes": 0,
        "schemaUrl": scope.schema_url or "",
    }


def to_value(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_SAFE_INTEGER else str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {key: to_value(inner) for key, inner in value.items()}
    assert isinstance(value, Sequence), type(value)
    return [to_value(inner) for inner in value]


def flags_of(parent):
    return CONTEXT_HAS_IS_REMOTE | (CONTEXT_IS_REMOTE if parent and parent.is_remote else 0)


def print_item(kind, item):
    print_line({kind: item})


def print_line(line):
    sys.stdout.write(json.dumps(line, allow_nan=False) + "\n")
    sys.stdout.flush()
