"""Sends all three signals with the OpenTelemetry SDK for Python, and prints what it sent as JSON lines (see ../README.md).

OTEL_EXPORTER_OTLP_ENDPOINT, …_PROTOCOL and …_COMPRESSION say where to and how, as they do for any service.
"""

import os
import sys
import time

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.metrics import Observation
from opentelemetry.sdk._logs import LoggerProvider, LogRecordLimits
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider, ObservableCounter, TraceBasedExemplarFilter
from opentelemetry.sdk.metrics.export import AggregationTemporality, MetricExportResult, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from expect import print_line, print_log, print_points, print_span

if os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

SCHEMA = "https://opentelemetry.io/schemas/1.30.0"
RESOURCE = Resource(
    {
        "service.name": os.environ["OTEL_SERVICE_NAME"],
        "service.version": "1.2.3",
        "deployment.environment.name": "interop",
        "process.pid": os.getpid(),
        "process.command_args": ["python", "sender.py", ""],
        "largest": 2**63 - 1,
        "ratio": 0.1,
        "enabled": True,
    },
    SCHEMA,
)

# Every kind of value that the SDK takes.
EVERY_TYPE = {
    "text": "plain",
    "empty": "",
    "unicode": "ß 漢字 🙂 \u0000 end",
    "yes": True,
    "no": False,
    "zero": 0,
    "negative": -42,
    "largest integer": 2**63 - 1,
    "smallest integer": -(2**63),
    "beyond 2^53": 2**53 + 1,
    "tenth": 0.1,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "not a number": float("nan"),
    "infinite": float("-inf"),
    "texts": ["a", "", "c"],
    "integers": [1, -2, 2**62 + 1],
    "doubles": [0.5, -0.25, 1e300],
    "booleans": [True, False],
    "none": [],
}


def recording(exporter, success, print_batch):
    """The exporter, with everything that passes it printed first; it must succeed."""

    class Recording(exporter):
        def export(self, batch, *args, **kwargs):
            print_batch(batch)
            result = super().export(batch, *args, **kwargs)
            if result is not success:
                print(f"export failed: {result}", file=sys.stderr, flush=True)
                os._exit(1)  # It runs in a thread, whose exceptions end only itself.
            return result

    return Recording


def send_traces():
    exporter = recording(OTLPSpanExporter, SpanExportResult.SUCCESS, lambda spans: [print_span(span) for span in spans])
    limits = SpanLimits(max_span_attributes=22, max_events=3, max_links=2, max_event_attributes=22, max_link_attributes=2)
    provider = TracerProvider(resource=RESOURCE, span_limits=limits)
    provider.add_span_processor(BatchSpanProcessor(exporter()))
    tracer = provider.get_tracer("interop.tracer", "0.1.0", SCHEMA, {"scope.text": "nested", "scope.numbers": [1, 2]})
    plain = provider.get_tracer("interop.plain")
    remote = SpanContext(
        trace_id=int.from_bytes(os.urandom(16), "big"),
        span_id=0xB7AD6B7169203331,
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
        trace_state=TraceState([("vendor", "value"), ("other", "1")]),
    )
    other = SpanContext(trace_id=2**128 - 1, span_id=2**64 - 1, is_remote=False)
    links = [Link(remote, {"first": 1, "second": "two", "third": 3}), Link(other), Link(other)]
    context = trace.set_span_in_context(NonRecordingSpan(remote))
    server = tracer.start_span("GET /orders/{id}", context, SpanKind.SERVER, EVERY_TYPE, links)
    in_server = trace.set_span_in_context(server)
    for kind, name in [
        (SpanKind.CLIENT, "SELECT orders"),
        (SpanKind.PRODUCER, "orders publish"),
        (SpanKind.CONSUMER, "orders process"),
        (SpanKind.INTERNAL, ""),
    ]:
        span = plain.start_span(name, in_server, kind)
        span.set_status(Status(StatusCode.OK))
        span.end()
    server.add_event("one over the limit")
    server.add_event("without attributes")
    server.add_event("with all", EVERY_TYPE, time.time_ns() // 10**9 * 10**9 + 123_456_789)
    try:
        raise TypeError('null value in column "name"')
    except TypeError as error:
        server.record_exception(error)
    server.set_status(Status(StatusCode.ERROR, "the database said no"))
    server.end()

    over_limit = tracer.start_span("too many attributes")
    for i in range(30):
        over_limit.set_attribute(f"attribute.{i}", i)
    over_limit.end()
    start = time.time_ns() // 10**9 * 10**9 - 1
    tracer.start_span("no duration", start_time=start).end(start)
    provider.shutdown()


def send_logs():
    exporter = recording(OTLPLogExporter, LogRecordExportResult.SUCCESS, lambda records: [print_log(record) for record in records])
    provider = LoggerProvider(resource=RESOURCE, log_record_limits=LogRecordLimits(max_attributes=28))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter()))
    logger = provider.get_logger("interop.logger", "0.2.0", SCHEMA, {"scope.text": "nested", "scope.number": 7})
    span = SpanContext(trace_id=int("1" * 32, 16), span_id=int("2" * 16, 16), is_remote=False, trace_flags=TraceFlags(1))
    context = trace.set_span_in_context(NonRecordingSpan(span))
    for severity in SeverityNumber:
        body = f"a record of severity {severity.name}"
        logger.emit(LogRecord(context=context, severity_number=severity, severity_text=severity.name, body=body))
    deep = {"deep": {"er": ["x", 1, True, None, {"y": 0.5}]}, "bytes": bytes([0, 1, 254, 255]), "nothing": None}
    bodies = ["text\nof two lines", "", 17, 2**63 - 1, 0.25, True, ["a", 1, 0.5, False], deep, bytes([255, 0, 127]), None]
    for body in bodies:
        logger.emit(LogRecord(body=body, attributes={**EVERY_TYPE, "map": deep, "bytes": bytes([9, 8, 7])}))
    logger.emit(LogRecord(timestamp=time.time_ns() - 5 * 10**9, event_name="order.paid", attributes={"order.id": 12}))
    too_many = {f"attribute.{i}": str(i) for i in range(31)}
    logger.emit(LogRecord(timestamp=time.time_ns(), severity_text="WARNING", body="too many attributes", attributes=too_many))
    provider.shutdown()


def send_metrics():
    exporter = recording(OTLPMetricExporter, MetricExportResult.SUCCESS, print_points)
    delta = {kind: AggregationTemporality.DELTA for kind in (Counter, Histogram, ObservableCounter)}
    readers = [
        PeriodicExportingMetricReader(exporter(preferred_temporality=temporality), export_interval_millis=3_600_000)
        for temporality in ({}, delta)
    ]
    exponential_view = View(instrument_name="interop.exponential*", aggregation=ExponentialBucketHistogramAggregation(max_size=20))
    filtered_view = View(instrument_name="interop.filtered", attribute_keys={"kept"})
    provider = MeterProvider(readers, RESOURCE, TraceBasedExemplarFilter(), views=[exponential_view, filtered_view])
    meter = provider.get_meter("interop.meter", "0.3.0", SCHEMA, {"scope.text": "nested"})
    requests = meter.create_counter("interop.requests", "{request}", 'Requests, "quoted".')
    volume = meter.create_counter("interop.bytes", "By")
    filtered = meter.create_counter("interop.filtered")
    open_connections = meter.create_up_down_counter("interop.open")
    temperature = meter.create_gauge("interop.temperature", "Cel")
    level = meter.create_gauge("interop.level")
    latency = meter.create_histogram("interop.latency", "s", explicit_bucket_boundaries_advisory=[0.005, 0.1, 1, 2.5])
    exponential = meter.create_histogram("interop.exponential", "ms")
    only_zero = meter.create_histogram("interop.exponential.zero")
    meter.create_observable_counter("interop.observed.ticks", [lambda _: [Observation(2**62 + 1, {"cpu": "0"})]])
    meter.create_observable_up_down_counter("interop.observed.queue", [lambda _: [Observation(-3.5)]])
    loads = [Observation(0.1 + 0.2, {"period": "1m"}), Observation(1e-300, {"period": "5m"})]
    meter.create_observable_gauge("interop.observed.load", [lambda _: loads])

    tracer = TracerProvider(resource=RESOURCE).get_tracer("interop.exemplars")
    for sign in (1, -1):
        with tracer.start_as_current_span("measured"):  # An exemplar takes the ids of the current span.
            requests.add(1, EVERY_TYPE)
            filtered.add(2**53 + 1, {"kept": "a", "dropped": "b", "dropped.number": 2**53 + 1})
            latency.record(0.7, {"route": "/"})
            exponential.record(12.5, {"route": "/"})
            temperature.set(-273.15 + sign, {"room": "ß"})
        requests.add(2**60 + sign, {"route": f"/{sign}"})
        volume.add(0.1)
        open_connections.add(5 * sign - 1, {"pool": "a"})
        level.set(-(2**62) - sign)
        for value in (0, 0.005, 0.0050001, 0.7, 2.5, 1e9):
            latency.record(value, {"route": "/"})
        for value in (0, 1e-3, 0.5, 1, 1.5, 2, 1024, 1e6):
            exponential.record(value, {"route": "/"})
        only_zero.record(0)
        provider.force_flush()
    provider.shutdown()


send_traces()
send_logs()
send_metrics()
print_line({"done": True})
