import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Exporters with everything that passes them printed first; they must succeed. */
final class Recording {
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static volatile boolean failed;

  static final class Spans implements SpanExporter {
    private final SpanExporter exporter;

    Spans(SpanExporter exporter) {
      this.exporter = exporter;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      for (SpanData span : spans) print("span", Expect.span(span));
      return watch(exporter.export(spans));
    }

    @Override
    public CompletableResultCode flush() {
      return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
      return exporter.shutdown();
    }
  }

  static final class Logs implements LogRecordExporter {
    private final LogRecordExporter exporter;

    Logs(LogRecordExporter exporter) {
      this.exporter = exporter;
    }

    @Override
    public CompletableResultCode export(Collection<LogRecordData> records) {
      for (LogRecordData record : records) print("log", Expect.log(record));
      return watch(exporter.export(records));
    }

    @Override
    public CompletableResultCode flush() {
      return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
      return exporter.shutdown();
    }
  }

  static final class Metrics implements MetricExporter {
    private final MetricExporter exporter;

    Metrics(MetricExporter exporter) {
      this.exporter = exporter;
    }

    @Override
    public CompletableResultCode export(Collection<MetricData> metrics) {
      for (MetricData metric : metrics) {
        for (var point : Expect.points(metric)) print("point", point);
      }
      return watch(exporter.export(metrics));
    }

    @Override
    public CompletableResultCode flush() {
      return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
      return exporter.shutdown();
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType type) {
      return exporter.getAggregationTemporality(type);
    }

    @Override
    public Aggregation getDefaultAggregation(InstrumentType type) {
      return exporter.getDefaultAggregation(type);
    }

    @Override
    public MemoryMode getMemoryMode() {
      return exporter.getMemoryMode();
    }
  }

  /** The SDK logs failed exports and partial successes. */
  static void noticeWarnings() {
    Logger.getLogger("io.opentelemetry")
        .addHandler(
            new Handler() {
              @Override
              public void publish(LogRecord record) {
                if (record.getLevel().intValue() >= Level.WARNING.intValue()) print("notice", String.valueOf(record.getMessage()));
              }

              @Override
              public void flush() {}

              @Override
              public void close() {}
            });
  }

  static void finish() {
    if (failed) System.exit(1);
    print("done", true);
  }

  private static CompletableResultCode watch(CompletableResultCode result) {
    return result.whenComplete(
        () -> {
          if (!result.isSuccess()) failed = true;
        });
  }

  private static synchronized void print(String kind, Object item) {
    OUT.println(Json.text(Map.of(kind, item)));
  }
}
