import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExemplarData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongExemplarData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What the SDK holds in memory, as Sonde's API shows it. */
final class Expect {
  private static final int CONTEXT_HAS_IS_REMOTE = 0x100;
  private static final int CONTEXT_IS_REMOTE = 0x200;
  private static final long LARGEST_SAFE_INTEGER = (1L << 53) - 1;

  static Map<String, Object> span(SpanData span) {
    SpanContext parent = span.getParentSpanContext();
    return object(
        "traceId", span.getTraceId(),
        "spanId", span.getSpanId(),
        "parentSpanId", parent.isValid() ? parent.getSpanId() : "",
        "name", span.getName(),
        "kind", span.getKind().name().toLowerCase(Locale.ROOT),
        "startNs", String.valueOf(span.getStartEpochNanos()),
        "durationNs", String.valueOf(span.getEndEpochNanos() - span.getStartEpochNanos()),
        "status",
            object("code", span.getStatus().getStatusCode().name().toLowerCase(Locale.ROOT), "message", span.getStatus().getDescription()),
        "traceState", traceState(span.getSpanContext().getTraceState()),
        "flags", flags(span.getSpanContext(), parent),
        "attributes", map(span.getAttributes()),
        "droppedAttributes", span.getTotalAttributeCount() - span.getAttributes().size(),
        "resource", resource(span.getResource()),
        "scope", scope(span.getInstrumentationScopeInfo()),
        "events",
            list(
                span.getEvents(),
                event ->
                    object(
                        "timeNs", String.valueOf(event.getEpochNanos()),
                        "name", event.getName(),
                        "attributes", map(event.getAttributes()),
                        "droppedAttributes", event.getDroppedAttributesCount())),
        "droppedEvents", span.getTotalRecordedEvents() - span.getEvents().size(),
        "links",
            list(
                span.getLinks(),
                link ->
                    object(
                        "traceId", link.getSpanContext().getTraceId(),
                        "spanId", link.getSpanContext().getSpanId(),
                        "traceState", traceState(link.getSpanContext().getTraceState()),
                        "flags", flags(link.getSpanContext(), link.getSpanContext()),
                        "attributes", map(link.getAttributes()),
                        "droppedAttributes", link.getTotalAttributeCount() - link.getAttributes().size())),
        "droppedLinks", span.getTotalRecordedLinks() - span.getLinks().size());
  }

  static Map<String, Object> log(LogRecordData record) {
    SpanContext span = record.getSpanContext();
    long timeNs = record.getTimestampEpochNanos() != 0 ? record.getTimestampEpochNanos() : record.getObservedTimestampEpochNanos();
    return object(
        "timeNs", String.valueOf(timeNs),
        "observedTimeNs", String.valueOf(record.getObservedTimestampEpochNanos()),
        "severityNumber", record.getSeverity().getSeverityNumber(),
        "severityText", record.getSeverityText() == null ? "" : record.getSeverityText(),
        "bodyValue", record.getBodyValue() == null ? null : value(record.getBodyValue()),
        "eventName", record.getEventName() == null ? "" : record.getEventName(),
        "traceId", span.isValid() ? span.getTraceId() : "",
        "spanId", span.isValid() ? span.getSpanId() : "",
        "flags", (int) span.getTraceFlags().asByte(),
        "attributes", map(record.getAttributes()),
        "droppedAttributes", record.getTotalAttributeCount() - record.getAttributes().size(),
        "resource", resource(record.getResource()),
        "scope", scope(record.getInstrumentationScopeInfo()));
  }

  static List<Map<String, Object>> points(MetricData metric) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (PointData point : metric.getData().getPoints()) {
      Map<String, Object> item =
          object(
              "name", metric.getName(),
              "unit", metric.getUnit(),
              "description", metric.getDescription(),
              "attributes", map(point.getAttributes()),
              "resource", resource(metric.getResource()),
              "scope", scope(metric.getInstrumentationScopeInfo()),
              "timeNs", String.valueOf(point.getEpochNanos()),
              "startNs", String.valueOf(point.getStartEpochNanos()),
              "flags", 0,
              "exemplars", list(point.getExemplars(), Expect::exemplar));
      item.putAll(kind(metric));
      item.putAll(data(point));
      all.add(item);
    }
    return all;
  }

  private static Map<String, Object> kind(MetricData metric) {
    return switch (metric.getType()) {
      case LONG_GAUGE, DOUBLE_GAUGE -> object("type", "gauge", "temporality", "unspecified", "monotonic", false);
      case LONG_SUM ->
          object("type", "sum", "temporality", temporality(metric.getLongSumData().getAggregationTemporality()),
              "monotonic", metric.getLongSumData().isMonotonic());
      case DOUBLE_SUM ->
          object("type", "sum", "temporality", temporality(metric.getDoubleSumData().getAggregationTemporality()),
              "monotonic", metric.getDoubleSumData().isMonotonic());
      case HISTOGRAM ->
          object("type", "histogram", "temporality", temporality(metric.getHistogramData().getAggregationTemporality()), "monotonic", false);
      case EXPONENTIAL_HISTOGRAM ->
          object("type", "exponential_histogram",
              "temporality", temporality(metric.getExponentialHistogramData().getAggregationTemporality()), "monotonic", false);
      default -> throw new IllegalStateException("unknown kind of point: " + metric.getType());
    };
  }

  private static Map<String, Object> data(PointData point) {
    if (point instanceof LongPointData number) return object("value", object("int", String.valueOf(number.getValue())));
    if (point instanceof DoublePointData number) return object("value", object("double", number(number.getValue())));
    if (point instanceof HistogramPointData histogram) {
      return object(
          "count", String.valueOf(histogram.getCount()),
          "sum", histogram.getSum(),
          "min", histogram.hasMin() ? histogram.getMin() : null,
          "max", histogram.hasMax() ? histogram.getMax() : null,
          "bounds", List.copyOf(histogram.getBoundaries()),
          "counts", list(histogram.getCounts(), String::valueOf));
    }
    ExponentialHistogramPointData histogram = (ExponentialHistogramPointData) point;
    return object(
        "count", String.valueOf(histogram.getCount()),
        "sum", histogram.getSum(),
        "min", histogram.hasMin() ? histogram.getMin() : null,
        "max", histogram.hasMax() ? histogram.getMax() : null,
        "exponential",
            object(
                "scale", histogram.getScale(),
                "zeroCount", String.valueOf(histogram.getZeroCount()),
                "zeroThreshold", 0,
                "positive", buckets(histogram.getPositiveBuckets()),
                "negative", buckets(histogram.getNegativeBuckets())));
  }

  private static Map<String, Object> buckets(ExponentialHistogramBuckets buckets) {
    return object("offset", buckets.getOffset(), "counts", list(buckets.getBucketCounts(), String::valueOf));
  }

  private static Map<String, Object> exemplar(ExemplarData exemplar) {
    SpanContext span = exemplar.getSpanContext();
    Map<String, Object> value =
        exemplar instanceof LongExemplarData integer
            ? object("int", String.valueOf(integer.getValue()))
            : object("double", number(((DoubleExemplarData) exemplar).getValue()));
    return object(
        "timeNs", String.valueOf(exemplar.getEpochNanos()),
        "value", value,
        "traceId", span.isValid() ? span.getTraceId() : "",
        "spanId", span.isValid() ? span.getSpanId() : "",
        "attributes", map(exemplar.getFilteredAttributes()));
  }

  private static String temporality(AggregationTemporality temporality) {
    return temporality.name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, Object> resource(Resource resource) {
    return object(
        "attributes", map(resource.getAttributes()),
        "droppedAttributes", 0,
        "schemaUrl", resource.getSchemaUrl() == null ? "" : resource.getSchemaUrl());
  }

  private static Map<String, Object> scope(InstrumentationScopeInfo scope) {
    return object(
        "name", scope.getName(),
        "version", scope.getVersion() == null ? "" : scope.getVersion(),
        "attributes", map(scope.getAttributes()),
        "droppedAttributes", 0,
        "schemaUrl", scope.getSchemaUrl() == null ? "" : scope.getSchemaUrl());
  }

  private static Map<String, Object> map(Attributes attributes) {
    Map<String, Object> all = new LinkedHashMap<>();
    attributes.forEach((key, value) -> all.put(key.getKey(), value(value)));
    return all;
  }

  private static Object value(Object value) {
    if (value instanceof Value<?> typed) {
      return switch (typed.getType()) {
        case EMPTY -> null;
        case KEY_VALUE_LIST -> {
          Map<String, Object> all = new LinkedHashMap<>();
          for (Object entry : (List<?>) typed.getValue()) all.put(((KeyValue) entry).getKey(), value(((KeyValue) entry).getValue()));
          yield all;
        }
        default -> value(typed.getValue());
      };
    }
    if (value instanceof Long integer) return Math.abs(integer) > LARGEST_SAFE_INTEGER || integer == Long.MIN_VALUE ? String.valueOf(integer) : integer;
    if (value instanceof Double number) return number(number);
    if (value instanceof List<?> items) return list(items, Expect::value);
    if (value instanceof ByteBuffer bytes) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      return Base64.getEncoder().encodeToString(copy);
    }
    return value;
  }

  private static Object number(double value) {
    return Double.isFinite(value) ? (Object) value : String.valueOf(value);
  }

  private static String traceState(TraceState state) {
    return state.asMap().entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).collect(Collectors.joining(","));
  }

  private static int flags(SpanContext span, SpanContext parent) {
    return span.getTraceFlags().asByte() | CONTEXT_HAS_IS_REMOTE | (parent.isRemote() ? CONTEXT_IS_REMOTE : 0);
  }

  private interface Convert<T> {
    Object from(T item);
  }

  private static <T> List<Object> list(List<? extends T> items, Convert<T> convert) {
    List<Object> all = new ArrayList<>();
    for (T item : items) all.add(convert.from(item));
    return all;
  }

  private static Map<String, Object> object(Object... keysAndValues) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) all.put((String) keysAndValues[i], keysAndValues[i + 1]);
    return all;
  }
}
