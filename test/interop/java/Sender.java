import static io.opentelemetry.api.common.AttributeKey.booleanArrayKey;
import static io.opentelemetry.api.common.AttributeKey.doubleArrayKey;
import static io.opentelemetry.api.common.AttributeKey.longArrayKey;
import static io.opentelemetry.api.common.AttributeKey.stringArrayKey;
import static io.opentelemetry.api.common.AttributeKey.valueKey;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.Base2ExponentialHistogramOptions;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProviderBuilder;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Sends all three signals with the OpenTelemetry SDK for Java, and prints what it sent as JSON lines (see ../README.md).
 * OTEL_EXPORTER_OTLP_ENDPOINT, …_PROTOCOL and …_COMPRESSION say where to and how, as they do for any service.
 */
final class Sender {
  private static final String SCHEMA = "https://opentelemetry.io/schemas/1.30.0";

  private static final Value<?> NESTED =
      Value.of(
          Map.of(
              "deep", Value.of(Map.of("er", Value.of(Value.of("x"), Value.of(Long.MAX_VALUE), Value.of(true), Value.empty(), Value.of(0.5)))),
              "bytes", Value.of(new byte[] {0, 1, -2, -1}),
              "nothing", Value.empty()));

  /** Every kind of value that the SDK takes. */
  private static final Attributes EVERY_TYPE =
      Attributes.builder()
          .put("text", "plain")
          .put("empty", "")
          .put("unicode", "ß 漢字 🙂 \u0000 end")
          .put("yes", true)
          .put("no", false)
          .put("zero", 0)
          .put("largest integer", Long.MAX_VALUE)
          .put("smallest integer", Long.MIN_VALUE)
          .put("beyond 2^53", (1L << 53) + 1)
          .put("tenth", 0.1)
          .put("tiny", Double.MIN_VALUE)
          .put("huge", Double.MAX_VALUE)
          .put("not a number", Double.NaN)
          .put("infinite", Double.NEGATIVE_INFINITY)
          .put(stringArrayKey("texts"), List.of("a", "", "c"))
          .put(longArrayKey("integers"), List.of(1L, -2L, (1L << 62) + 1))
          .put(doubleArrayKey("doubles"), List.of(0.5, -0.25, 1e300))
          .put(booleanArrayKey("booleans"), List.of(true, false))
          .put(stringArrayKey("none"), List.of())
          .put(valueKey("bytes"), Value.of(new byte[] {-1, 0, 127}))
          .put(valueKey("map"), NESTED)
          .build();

  public static void main(String[] args) {
    Recording.noticeWarnings();
    try (OpenTelemetrySdk sdk = configure("cumulative")) {
      sendTraces(sdk);
      sendLogs(sdk);
      sendMetrics(sdk);
    }
    try (OpenTelemetrySdk sdk = configure("delta")) {
      sendMetrics(sdk);
    }
    Recording.finish();
  }

  private static OpenTelemetrySdk configure(String temporality) {
    return AutoConfiguredOpenTelemetrySdk.builder()
        .addPropertiesSupplier(
            () ->
                Map.of(
                    "otel.exporter.otlp.metrics.temporality.preference", temporality,
                    "otel.attribute.count.limit", "24",
                    "otel.span.event.count.limit", "3",
                    "otel.span.link.count.limit", "2",
                    "otel.metric.export.interval", "3600000"))
        .addResourceCustomizer(
            (resource, config) ->
                resource.merge(
                    Resource.create(
                        Attributes.builder()
                            .put("service.version", "1.2.3")
                            .put("deployment.environment.name", "interop")
                            .put("process.pid", ProcessHandle.current().pid())
                            .put("process.command_args", "java", "Sender", "")
                            .put("largest", Long.MAX_VALUE)
                            .put("ratio", 0.1)
                            .put("enabled", true)
                            .build())))
        .addSpanExporterCustomizer((exporter, config) -> new Recording.Spans(exporter))
        .addLogRecordExporterCustomizer((exporter, config) -> new Recording.Logs(exporter))
        .addMetricExporterCustomizer((exporter, config) -> new Recording.Metrics(exporter))
        .addMeterProviderCustomizer((builder, config) -> addViews(builder))
        .disableShutdownHook()
        .build()
        .getOpenTelemetrySdk();
  }

  private static SdkMeterProviderBuilder addViews(SdkMeterProviderBuilder builder) {
    var options = Base2ExponentialHistogramOptions.builder().setMaxBuckets(20).setMaxScale(10).build();
    return builder
        .registerView(
            InstrumentSelector.builder().setName("interop.exponential*").build(),
            View.builder().setAggregation(Aggregation.base2ExponentialBucketHistogram(options)).build())
        .registerView(
            InstrumentSelector.builder().setName("interop.filtered").build(), View.builder().setAttributeFilter(Set.of("kept")).build());
  }

  private static void sendTraces(OpenTelemetrySdk sdk) {
    var tracer = sdk.getTracerProvider().tracerBuilder("interop.tracer").setInstrumentationVersion("0.1.0").setSchemaUrl(SCHEMA).build();
    var plain = sdk.getTracerProvider().get("interop.plain");
    var remote =
        SpanContext.createFromRemoteParent(
            UUID.randomUUID().toString().replace("-", ""),
            "b7ad6b7169203331",
            TraceFlags.getSampled(),
            TraceState.builder().put("other", "1").put("vendor", "value").build());
    var other = SpanContext.create("f".repeat(32), "e".repeat(16), TraceFlags.getDefault(), TraceState.getDefault());
    Span server =
        tracer
            .spanBuilder("GET /orders/{id}")
            .setParent(Context.root().with(Span.wrap(remote)))
            .setSpanKind(SpanKind.SERVER)
            .setAllAttributes(EVERY_TYPE)
            .addLink(remote, Attributes.builder().put("first", 1).put("second", "two").build())
            .addLink(other)
            .addLink(other)
            .startSpan();
    Map.of(SpanKind.CLIENT, "SELECT orders", SpanKind.PRODUCER, "orders publish", SpanKind.CONSUMER, "orders process", SpanKind.INTERNAL, "")
        .forEach(
            (kind, name) ->
                plain.spanBuilder(name).setParent(Context.root().with(server)).setSpanKind(kind).startSpan().setStatus(StatusCode.OK).end());
    server.addEvent("without attributes");
    server.addEvent("with all", EVERY_TYPE, TimeUnit.SECONDS.toNanos(nowSeconds()) + 123_456_789, TimeUnit.NANOSECONDS);
    server.recordException(new IllegalStateException("null value in column \"name\""));
    server.addEvent("one over the limit");
    server.setStatus(StatusCode.ERROR, "the database said no");
    server.end();

    Span overLimit = tracer.spanBuilder("too many attributes").setNoParent().startSpan();
    for (int i = 0; i < 30; i++) overLimit.setAttribute("attribute." + i, i);
    overLimit.end();
    long startNs = TimeUnit.SECONDS.toNanos(nowSeconds()) - 1;
    tracer
        .spanBuilder("no duration")
        .setNoParent()
        .setStartTimestamp(startNs, TimeUnit.NANOSECONDS)
        .startSpan()
        .end(startNs, TimeUnit.NANOSECONDS);
  }

  private static void sendLogs(OpenTelemetrySdk sdk) {
    var logger =
        sdk.getSdkLoggerProvider().loggerBuilder("interop.logger").setInstrumentationVersion("0.2.0").setSchemaUrl(SCHEMA).build();
    var span = SpanContext.create("1".repeat(32), "2".repeat(16), TraceFlags.getSampled(), TraceState.getDefault());
    for (Severity severity : Severity.values()) {
      logger
          .logRecordBuilder()
          .setContext(Context.root().with(Span.wrap(span)))
          .setSeverity(severity)
          .setSeverityText(severity.name())
          .setBody("a record of severity " + severity.name())
          .emit();
    }
    List<Value<?>> bodies =
        List.of(
            Value.of("text\nof two lines"),
            Value.of(""),
            Value.of(Long.MIN_VALUE),
            Value.of(0.25),
            Value.of(true),
            Value.of(Value.of("a"), Value.of(1), Value.of(0.5)),
            NESTED,
            Value.of(new byte[] {-1, 0, 127}));
    for (Value<?> body : bodies) logger.logRecordBuilder().setBody(body).setAllAttributes(EVERY_TYPE).emit();
    logger.logRecordBuilder().setEventName("order.paid").setAttribute("order.id", 12).emit();
    var tooMany = logger.logRecordBuilder().setSeverityText("WARNING").setBody("too many attributes");
    tooMany.setTimestamp(nowSeconds(), TimeUnit.SECONDS).setObservedTimestamp(TimeUnit.SECONDS.toNanos(nowSeconds()) + 1, TimeUnit.NANOSECONDS);
    for (int i = 0; i < 31; i++) tooMany.setAttribute("attribute." + i, i);
    tooMany.emit();
  }

  private static void sendMetrics(OpenTelemetrySdk sdk) {
    var provider = sdk.getSdkMeterProvider();
    var meter = provider.meterBuilder("interop.meter").setInstrumentationVersion("0.3.0").setSchemaUrl(SCHEMA).build();
    var requests = meter.counterBuilder("interop.requests").setUnit("{request}").setDescription("Requests, \"quoted\".").build();
    var volume = meter.counterBuilder("interop.bytes").ofDoubles().setUnit("By").build();
    var filtered = meter.counterBuilder("interop.filtered").build();
    var open = meter.upDownCounterBuilder("interop.open").build();
    var temperature = meter.gaugeBuilder("interop.temperature").setUnit("Cel").build();
    var level = meter.gaugeBuilder("interop.level").ofLongs().build();
    var latency = meter.histogramBuilder("interop.latency").setUnit("s").setExplicitBucketBoundariesAdvice(List.of(0.005, 0.1, 1.0, 2.5)).build();
    var exponential = meter.histogramBuilder("interop.exponential").setUnit("ms").build();
    var onlyZero = meter.histogramBuilder("interop.exponential.zero").ofLongs().build();
    meter
        .counterBuilder("interop.observed.ticks")
        .buildWithCallback(measurement -> measurement.record((1L << 62) + 1, Attributes.builder().put("cpu", "0").build()));
    meter.upDownCounterBuilder("interop.observed.queue").ofDoubles().buildWithCallback(measurement -> measurement.record(-3.5));
    meter
        .gaugeBuilder("interop.observed.load")
        .buildWithCallback(
            measurement -> {
              measurement.record(0.1 + 0.2, Attributes.builder().put("period", "1m").build());
              measurement.record(1e-300, Attributes.builder().put("period", "5m").build());
            });

    var route = Attributes.builder().put("route", "/").build();
    for (int sign : new int[] {1, -1}) {
      // An exemplar takes the ids of the current span.
      var measured = Span.wrap(SpanContext.create("a".repeat(32), "b".repeat(16), TraceFlags.getSampled(), TraceState.getDefault()));
      try (var ignored = measured.makeCurrent()) {
        requests.add(1, EVERY_TYPE);
        filtered.add((1L << 53) + 1, Attributes.builder().put("kept", "a").put("dropped", (1L << 53) + 1).build());
        latency.record(0.7, route);
        exponential.record(12.5, route);
        temperature.set(-273.15 + sign, Attributes.builder().put("room", "ß").build());
      }
      requests.add((1L << 60) + sign, Attributes.builder().put("sign", sign).build());
      volume.add(0.1);
      open.add(5L * sign - 1, Attributes.builder().put("pool", "a").build());
      level.set(Long.MIN_VALUE + 1 + sign);
      for (double value : new double[] {0, 0.005, 0.0050001, 0.7, 2.5, 1e9}) latency.record(value, route);
      for (double value : new double[] {0, 1e-3, 0.5, 1, 1.5, 2, 1024, 1e6}) exponential.record(value, route);
      onlyZero.record(0);
      provider.forceFlush().join(30, TimeUnit.SECONDS);
    }
  }

  private static long nowSeconds() {
    return System.currentTimeMillis() / 1000;
  }
}
