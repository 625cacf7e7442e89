// Sends all three signals with the OpenTelemetry SDK for Go, and prints what it sent as JSON lines (see ../README.md).
// OTEL_EXPORTER_OTLP_ENDPOINT, …_PROTOCOL and …_COMPRESSION say where to and how, as they do for any service.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"math"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const schema = "https://opentelemetry.io/schemas/1.30.0"

var (
	ctx     = context.Background()
	useGrpc = os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc"
	sender  = resource.NewWithAttributes(schema,
		attribute.String("service.name", os.Getenv("OTEL_SERVICE_NAME")),
		attribute.String("service.version", "1.2.3"),
		attribute.String("deployment.environment.name", "interop"),
		attribute.Int("process.pid", os.Getpid()),
		attribute.StringSlice("process.command_args", []string{"sender", ""}),
		attribute.Int64("largest", math.MaxInt64),
		attribute.Float64("ratio", 0.1),
		attribute.Bool("enabled", true),
	)
	nested = attribute.MapValue(
		attribute.KeyValue{Key: "deep", Value: attribute.MapValue(attribute.KeyValue{Key: "er", Value: attribute.SliceValue(
			attribute.StringValue("x"), attribute.Int64Value(math.MaxInt64), attribute.BoolValue(true), attribute.Value{}, attribute.Float64Value(0.5),
		)})},
		attribute.KeyValue{Key: "bytes", Value: attribute.ByteSliceValue([]byte{0, 1, 254, 255})},
		attribute.KeyValue{Key: "nothing"},
	)
	// The SDK's own five seconds are long for a test.
	retry = otlptracegrpc.RetryConfig{Enabled: true, InitialInterval: time.Second, MaxInterval: 5 * time.Second, MaxElapsedTime: 30 * time.Second}
	// Every kind of value that the SDK takes.
	everyType = []attribute.KeyValue{
		attribute.String("text", "plain"),
		attribute.String("empty", ""),
		attribute.String("unicode", "ß 漢字 🙂 \x00 end"),
		attribute.Bool("yes", true),
		attribute.Bool("no", false),
		attribute.Int64("zero", 0),
		attribute.Int64("largest integer", math.MaxInt64),
		attribute.Int64("smallest integer", math.MinInt64),
		attribute.Int64("beyond 2^53", 1<<53+1),
		attribute.Float64("tenth", 0.1),
		attribute.Float64("tiny", math.SmallestNonzeroFloat64),
		attribute.Float64("huge", math.MaxFloat64),
		attribute.Float64("not a number", math.NaN()),
		attribute.Float64("infinite", math.Inf(-1)),
		attribute.StringSlice("texts", []string{"a", "", "c"}),
		attribute.Int64Slice("integers", []int64{1, -2, 1<<62 + 1}),
		attribute.Float64Slice("doubles", []float64{0.5, -0.25, 1e300}),
		attribute.BoolSlice("booleans", []bool{true, false}),
		attribute.StringSlice("none", []string{}),
		{Key: "bytes", Value: attribute.ByteSliceValue([]byte{255, 0, 127})},
		{Key: "map", Value: nested},
		{Key: "absent"},
	}
)

func main() {
	// The SDK reports failed exports and partial successes here.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { printLine(object{"notice": err.Error()}) }))
	sendTraces()
	sendLogs()
	sendMetrics()
	printLine(object{"done": true})
}

func sendTraces() {
	var exporter sdktrace.SpanExporter
	if useGrpc {
		exporter = must(otlptracegrpc.New(ctx, otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig(retry))))
	} else {
		exporter = must(otlptracehttp.New(ctx, otlptracehttp.WithRetry(otlptracehttp.RetryConfig(retry))))
	}
	limits := sdktrace.NewSpanLimits()
	limits.AttributeCountLimit = 25
	limits.EventCountLimit = 3
	limits.LinkCountLimit = 2
	limits.AttributePerLinkCountLimit = 2
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(sender),
		sdktrace.WithRawSpanLimits(limits),
		sdktrace.WithBatcher(recordingSpans{exporter}),
	)
	tracer := provider.Tracer("interop.tracer", trace.WithInstrumentationVersion("0.1.0"), trace.WithSchemaURL(schema),
		trace.WithInstrumentationAttributes(attribute.String("scope.text", "nested"), attribute.KeyValue{Key: "scope.map", Value: nested}))
	plain := provider.Tracer("interop.plain")
	state := must(trace.ParseTraceState("vendor=value,other=1"))
	var traceID trace.TraceID
	must(rand.Read(traceID[:]))
	remote := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: trace.SpanID{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31}, TraceFlags: trace.FlagsSampled, TraceState: state, Remote: true,
	})
	other := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{255}, SpanID: trace.SpanID{254}})
	inServer, server := tracer.Start(trace.ContextWithSpanContext(ctx, remote), "GET /orders/{id}",
		trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(everyType...), trace.WithLinks(
			trace.Link{SpanContext: remote, Attributes: []attribute.KeyValue{attribute.Int("first", 1), attribute.Int("second", 2), attribute.Int("third", 3)}},
			trace.Link{SpanContext: other}, trace.Link{SpanContext: other}))
	for kind, name := range map[trace.SpanKind]string{
		trace.SpanKindClient: "SELECT orders", trace.SpanKindProducer: "orders publish", trace.SpanKindConsumer: "orders process", trace.SpanKindInternal: "",
	} {
		_, span := plain.Start(inServer, name, trace.WithSpanKind(kind))
		span.SetStatus(codes.Ok, "")
		span.End()
	}
	server.AddEvent("one over the limit")
	server.AddEvent("without attributes")
	server.AddEvent("with all", trace.WithAttributes(everyType...), trace.WithTimestamp(time.Unix(time.Now().Unix(), 123_456_789)))
	server.RecordError(fmt.Errorf(`null value in column "name"`), trace.WithStackTrace(true))
	server.SetStatus(codes.Error, "the database said no")
	server.End()

	_, overLimit := tracer.Start(ctx, "too many attributes")
	for i := range 30 {
		overLimit.SetAttributes(attribute.Int(fmt.Sprintf("attribute.%d", i), i))
	}
	overLimit.End()
	start := time.Unix(time.Now().Unix()-1, 999_999_999)
	_, noDuration := tracer.Start(ctx, "no duration", trace.WithTimestamp(start))
	noDuration.End(trace.WithTimestamp(start))
	check(provider.Shutdown(ctx))
}

func sendLogs() {
	var exporter sdklog.Exporter
	if useGrpc {
		exporter = must(otlploggrpc.New(ctx, otlploggrpc.WithRetry(otlploggrpc.RetryConfig(retry))))
	} else {
		exporter = must(otlploghttp.New(ctx, otlploghttp.WithRetry(otlploghttp.RetryConfig(retry))))
	}
	provider := sdklog.NewLoggerProvider(
		sdklog.WithResource(sender),
		sdklog.WithAttributeCountLimit(28),
		sdklog.WithProcessor(sdklog.NewBatchProcessor(recordingLogs{exporter})),
	)
	logger := provider.Logger("interop.logger", log.WithInstrumentationVersion("0.2.0"), log.WithSchemaURL(schema),
		log.WithInstrumentationAttributes(attribute.String("scope.text", "nested"), attribute.Int("scope.number", 7)))
	inSpan := trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{17, 17}, SpanID: trace.SpanID{34, 34}, TraceFlags: trace.FlagsSampled,
	}))
	for severity := log.SeverityUndefined; severity <= log.SeverityFatal4; severity++ {
		var record log.Record
		record.SetSeverity(severity)
		record.SetSeverityText(severity.String())
		record.SetBody(attribute.StringValue("a record of severity " + severity.String()))
		logger.Emit(inSpan, record)
	}
	for _, body := range []attribute.Value{
		attribute.StringValue("text\nof two lines"), attribute.StringValue(""), attribute.Int64Value(math.MinInt64), attribute.Float64Value(0.25),
		attribute.BoolValue(true), attribute.SliceValue(attribute.StringValue("a"), attribute.Int64Value(1), attribute.Float64Value(0.5)),
		nested, attribute.ByteSliceValue([]byte{255, 0, 127}), {},
	} {
		var record log.Record
		record.SetBody(body)
		record.AddAttributes(everyType...)
		logger.Emit(ctx, record)
	}
	var event log.Record
	event.SetEventName("order.paid")
	event.SetTimestamp(time.Now().Add(-5 * time.Second))
	event.AddAttributes(attribute.Int("order.id", 12))
	logger.Emit(ctx, event)
	var tooMany log.Record
	tooMany.SetTimestamp(time.Now())
	tooMany.SetObservedTimestamp(time.Now().Add(time.Millisecond))
	tooMany.SetSeverityText("WARNING")
	tooMany.SetBody(attribute.StringValue("too many attributes"))
	for i := range 31 {
		tooMany.AddAttributes(attribute.Int(fmt.Sprintf("attribute.%d", i), i))
	}
	logger.Emit(ctx, tooMany)
	check(provider.Shutdown(ctx))
}

func sendMetrics() {
	options := []sdkmetric.Option{
		sdkmetric.WithResource(sender),
		sdkmetric.WithView(
			sdkmetric.NewView(sdkmetric.Instrument{Name: "interop.exponential*"},
				sdkmetric.Stream{Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 20, MaxScale: 10}}),
			sdkmetric.NewView(sdkmetric.Instrument{Name: "interop.filtered"}, sdkmetric.Stream{AttributeFilter: attribute.NewAllowKeysFilter("kept")}),
			sdkmetric.NewView(sdkmetric.Instrument{Name: "interop.plain"},
				sdkmetric.Stream{Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: []float64{-1, 0, 1}, NoMinMax: true}}),
		),
	}
	for _, temporality := range []sdkmetric.TemporalitySelector{sdkmetric.CumulativeTemporalitySelector, sdkmetric.DeltaTemporalitySelector} {
		var exporter sdkmetric.Exporter
		if useGrpc {
			exporter = must(otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithTemporalitySelector(temporality), otlpmetricgrpc.WithRetry(otlpmetricgrpc.RetryConfig(retry))))
		} else {
			exporter = must(otlpmetrichttp.New(ctx, otlpmetrichttp.WithTemporalitySelector(temporality), otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig(retry))))
		}
		options = append(options, sdkmetric.WithReader(sdkmetric.NewPeriodicReader(recordingMetrics{exporter},
			sdkmetric.WithInterval(time.Hour), sdkmetric.WithProducer(summaries{}))))
	}
	provider := sdkmetric.NewMeterProvider(options...)
	meter := provider.Meter("interop.meter", metric.WithInstrumentationVersion("0.3.0"), metric.WithSchemaURL(schema),
		metric.WithInstrumentationAttributes(attribute.String("scope.text", "nested")))
	requests := must(meter.Int64Counter("interop.requests", metric.WithUnit("{request}"), metric.WithDescription(`Requests, "quoted".`)))
	volume := must(meter.Float64Counter("interop.bytes", metric.WithUnit("By")))
	filtered := must(meter.Int64Counter("interop.filtered"))
	open := must(meter.Int64UpDownCounter("interop.open"))
	temperature := must(meter.Float64Gauge("interop.temperature", metric.WithUnit("Cel")))
	level := must(meter.Int64Gauge("interop.level"))
	latency := must(meter.Float64Histogram("interop.latency", metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(0.005, 0.1, 1, 2.5)))
	sizes := must(meter.Int64Histogram("interop.plain"))
	exponential := must(meter.Float64Histogram("interop.exponential", metric.WithUnit("ms")))
	onlyZero := must(meter.Int64Histogram("interop.exponential.zero"))
	must(meter.Int64ObservableCounter("interop.observed.ticks", metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
		o.Observe(1<<62+1, metric.WithAttributes(attribute.String("cpu", "0")))
		return nil
	})))
	must(meter.Float64ObservableUpDownCounter("interop.observed.queue", metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
		o.Observe(-3.5)
		return nil
	})))
	must(meter.Float64ObservableGauge("interop.observed.load", metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
		o.Observe(0.30000000000000004, metric.WithAttributes(attribute.String("period", "1m")))
		o.Observe(math.Inf(1), metric.WithAttributes(attribute.String("period", "5m")))
		o.Observe(math.NaN(), metric.WithAttributes(attribute.String("period", "15m")))
		return nil
	})))

	tracer := sdktrace.NewTracerProvider().Tracer("interop.exemplars")
	for _, sign := range []int64{1, -1} {
		measured, span := tracer.Start(ctx, "measured") // An exemplar takes the ids of the current span.
		requests.Add(measured, 1, metric.WithAttributes(everyType...))
		filtered.Add(measured, 1<<53+1, metric.WithAttributes(attribute.String("kept", "a"), attribute.Int64("dropped", 1<<53+1)))
		latency.Record(measured, 0.7, metric.WithAttributes(attribute.String("route", "/")))
		exponential.Record(measured, 12.5, metric.WithAttributes(attribute.String("route", "/")))
		temperature.Record(measured, -273.15+float64(sign), metric.WithAttributes(attribute.String("room", "ß")))
		span.End()
		requests.Add(ctx, 1<<60+sign, metric.WithAttributes(attribute.Int64("sign", sign)))
		volume.Add(ctx, 0.1)
		open.Add(ctx, 5*sign-1, metric.WithAttributes(attribute.String("pool", "a")))
		level.Record(ctx, math.MinInt64+1+sign)
		sizes.Record(ctx, sign)
		for _, value := range []float64{0, 0.005, 0.0050001, 0.7, 2.5, 1e9} {
			latency.Record(ctx, value, metric.WithAttributes(attribute.String("route", "/")))
		}
		for _, value := range []float64{-1024, -1, 0, 1e-3, 0.5, 1, 1.5, 2, 1024, 1e6} {
			exponential.Record(ctx, value*float64(sign), metric.WithAttributes(attribute.String("route", "/")))
		}
		onlyZero.Record(ctx, 0)
		check(provider.ForceFlush(ctx))
	}
	check(provider.Shutdown(ctx))
}

// summaries hands the SDK what it makes none of itself: points from elsewhere.
type summaries struct{}

func (summaries) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	return []metricdata.ScopeMetrics{{Metrics: []metricdata.Metrics{{Name: "interop.summary", Unit: "s", Data: metricdata.Summary{
		DataPoints: []metricdata.SummaryDataPoint{
			{
				Attributes: attribute.NewSet(attribute.String("route", "/")), StartTime: time.Now().Add(-time.Minute), Time: time.Now(), Count: 1 << 40, Sum: 0.1,
				QuantileValues: []metricdata.QuantileValue{{Quantile: 0, Value: -1}, {Quantile: 0.5, Value: 0.1}, {Quantile: 1, Value: math.MaxFloat64}},
			},
			{Time: time.Now()},
		},
	}}}}}, nil
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
