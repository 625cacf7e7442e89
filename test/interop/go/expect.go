// What the SDK holds in memory, as Sonde's API shows it.
package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	contextHasIsRemote = 0x100
	contextIsRemote    = 0x200
	largestSafeInteger = 1<<53 - 1
)

type object = map[string]any
type list = []any

// The exporters, with everything that passes them printed first; they must succeed.
type recordingSpans struct{ sdktrace.SpanExporter }
type recordingLogs struct{ sdklog.Exporter }
type recordingMetrics struct{ sdkmetric.Exporter }

func (r recordingSpans) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, span := range spans {
		printLine(object{"span": toSpan(span)})
	}
	check(r.SpanExporter.ExportSpans(ctx, spans))
	return nil
}

func (r recordingLogs) Export(ctx context.Context, records []sdklog.Record) error {
	for _, record := range records {
		printLine(object{"log": toLog(record)})
	}
	check(r.Exporter.Export(ctx, records))
	return nil
}

func (r recordingMetrics) Export(ctx context.Context, metrics *metricdata.ResourceMetrics) error {
	for _, scope := range metrics.ScopeMetrics {
		for _, metric := range scope.Metrics {
			for _, point := range toPoints(metric.Data) {
				point["name"], point["unit"], point["description"] = metric.Name, metric.Unit, metric.Description
				point["resource"], point["scope"], point["flags"] = toResource(metrics.Resource), toScope(scope.Scope), 0
				printLine(object{"point": point})
			}
		}
	}
	check(r.Exporter.Export(ctx, metrics))
	return nil
}

func toSpan(span sdktrace.ReadOnlySpan) object {
	events, links := list{}, list{}
	for _, event := range span.Events() {
		events = append(events, object{
			"timeNs": toNs(event.Time), "name": event.Name, "attributes": toMap(event.Attributes), "droppedAttributes": event.DroppedAttributeCount,
		})
	}
	for _, link := range span.Links() {
		links = append(links, object{
			"traceId": link.SpanContext.TraceID().String(), "spanId": link.SpanContext.SpanID().String(),
			"traceState": "", // This SDK does not send it.
			"flags":      flagsOf(link.SpanContext.TraceFlags(), link.SpanContext),
			"attributes": toMap(link.Attributes), "droppedAttributes": link.DroppedAttributeCount,
		})
	}
	parent := ""
	if span.Parent().SpanID().IsValid() {
		parent = span.Parent().SpanID().String()
	}
	return object{
		"traceId": span.SpanContext().TraceID().String(), "spanId": span.SpanContext().SpanID().String(), "parentSpanId": parent,
		"name": span.Name(), "kind": span.SpanKind().String(),
		"startNs": toNs(span.StartTime()), "durationNs": strconv.FormatInt(span.EndTime().UnixNano()-span.StartTime().UnixNano(), 10),
		"status":     object{"code": strings.ToLower(span.Status().Code.String()), "message": span.Status().Description},
		"traceState": span.SpanContext().TraceState().String(), "flags": flagsOf(span.SpanContext().TraceFlags(), span.Parent()),
		"attributes": toMap(span.Attributes()), "droppedAttributes": span.DroppedAttributes(),
		"resource": toResource(span.Resource()), "scope": toScope(span.InstrumentationScope()),
		"events": events, "droppedEvents": span.DroppedEvents(), "links": links, "droppedLinks": span.DroppedLinks(),
	}
}

func toLog(record sdklog.Record) object {
	attributes := object{}
	record.WalkAttributes(func(kv attribute.KeyValue) bool {
		attributes[string(kv.Key)] = toValue(kv.Value)
		return true
	})
	at := record.Timestamp()
	if at.IsZero() {
		at = record.ObservedTimestamp()
	}
	return object{
		"timeNs": toNs(at), "observedTimeNs": toNs(record.ObservedTimestamp()),
		"severityNumber": int(record.Severity()), "severityText": record.SeverityText(),
		"bodyValue": toValue(record.Body()), "eventName": record.EventName(),
		"traceId": toID(record.TraceID().IsValid(), record.TraceID().String()), "spanId": toID(record.SpanID().IsValid(), record.SpanID().String()),
		"flags": int(record.TraceFlags()), "attributes": attributes, "droppedAttributes": record.DroppedAttributes(),
		"resource": toResource(record.Resource()), "scope": toScope(record.InstrumentationScope()),
	}
}

func toPoints(data metricdata.Aggregation) []object {
	switch data := data.(type) {
	case metricdata.Gauge[int64]:
		return numbers("gauge", data.DataPoints, "unspecified", false)
	case metricdata.Gauge[float64]:
		return numbers("gauge", data.DataPoints, "unspecified", false)
	case metricdata.Sum[int64]:
		return numbers("sum", data.DataPoints, toTemporality(data.Temporality), data.IsMonotonic)
	case metricdata.Sum[float64]:
		return numbers("sum", data.DataPoints, toTemporality(data.Temporality), data.IsMonotonic)
	case metricdata.Histogram[int64]:
		return histograms(data)
	case metricdata.Histogram[float64]:
		return histograms(data)
	case metricdata.ExponentialHistogram[int64]:
		return exponentialHistograms(data)
	case metricdata.ExponentialHistogram[float64]:
		return exponentialHistograms(data)
	case metricdata.Summary:
		return summaryPoints(data)
	}
	panic(fmt.Sprintf("unknown kind of point: %T", data))
}

func numbers[N int64 | float64](kind string, points []metricdata.DataPoint[N], temporality string, monotonic bool) []object {
	var all []object
	for _, point := range points {
		item := toPoint(kind, temporality, point.Attributes, point.StartTime, point.Time, point.Exemplars)
		item["monotonic"], item["value"] = monotonic, toNumber(point.Value)
		all = append(all, item)
	}
	return all
}

func histograms[N int64 | float64](data metricdata.Histogram[N]) []object {
	var all []object
	for _, point := range data.DataPoints {
		item := toPoint("histogram", toTemporality(data.Temporality), point.Attributes, point.StartTime, point.Time, point.Exemplars)
		item["count"], item["sum"] = strconv.FormatUint(point.Count, 10), float64(point.Sum)
		item["min"], item["max"] = toExtreme(point.Min), toExtreme(point.Max)
		item["bounds"], item["counts"] = point.Bounds, toCounts(point.BucketCounts)
		all = append(all, item)
	}
	return all
}

func exponentialHistograms[N int64 | float64](data metricdata.ExponentialHistogram[N]) []object {
	var all []object
	for _, point := range data.DataPoints {
		item := toPoint("exponential_histogram", toTemporality(data.Temporality), point.Attributes, point.StartTime, point.Time, point.Exemplars)
		item["count"], item["sum"] = strconv.FormatUint(point.Count, 10), float64(point.Sum)
		item["min"], item["max"] = toExtreme(point.Min), toExtreme(point.Max)
		item["exponential"] = object{
			"scale": point.Scale, "zeroCount": strconv.FormatUint(point.ZeroCount, 10), "zeroThreshold": point.ZeroThreshold,
			"positive": object{"offset": point.PositiveBucket.Offset, "counts": toCounts(point.PositiveBucket.Counts)},
			"negative": object{"offset": point.NegativeBucket.Offset, "counts": toCounts(point.NegativeBucket.Counts)},
		}
		all = append(all, item)
	}
	return all
}

func summaryPoints(data metricdata.Summary) []object {
	var all []object
	for _, point := range data.DataPoints {
		item := toPoint("summary", "unspecified", point.Attributes, point.StartTime, point.Time, []metricdata.Exemplar[float64]{})
		quantiles := list{}
		for _, quantile := range point.QuantileValues {
			quantiles = append(quantiles, object{"quantile": quantile.Quantile, "value": quantile.Value})
		}
		item["count"], item["sum"], item["quantiles"] = strconv.FormatUint(point.Count, 10), point.Sum, quantiles
		all = append(all, item)
	}
	return all
}

func toPoint[N int64 | float64](kind, temporality string, attributes attribute.Set, start, at time.Time, exemplars []metricdata.Exemplar[N]) object {
	of := list{}
	for _, exemplar := range exemplars {
		of = append(of, object{
			"timeNs": toNs(exemplar.Time), "value": toNumber(exemplar.Value),
			"traceId": hex.EncodeToString(exemplar.TraceID), "spanId": hex.EncodeToString(exemplar.SpanID),
			"attributes": toMap(exemplar.FilteredAttributes),
		})
	}
	return object{
		"type": kind, "temporality": temporality, "monotonic": false,
		"attributes": toMap(attributes.ToSlice()), "startNs": toNs(start), "timeNs": toNs(at), "exemplars": of,
	}
}

func toTemporality(temporality metricdata.Temporality) string {
	if temporality == metricdata.DeltaTemporality {
		return "delta"
	}
	return "cumulative"
}

func toNumber[N int64 | float64](value N) object {
	if integer, ok := any(value).(int64); ok {
		return object{"int": strconv.FormatInt(integer, 10)}
	}
	return object{"double": toDouble(float64(value))}
}

func toExtreme[N int64 | float64](extrema metricdata.Extrema[N]) any {
	if value, defined := extrema.Value(); defined {
		return float64(value)
	}
	return nil
}

func toCounts(counts []uint64) []string {
	texts := []string{}
	for _, count := range counts {
		texts = append(texts, strconv.FormatUint(count, 10))
	}
	return texts
}

func toResource(from *resource.Resource) object {
	return object{"attributes": toMap(from.Attributes()), "droppedAttributes": 0, "schemaUrl": from.SchemaURL()}
}

func toScope(scope instrumentation.Scope) object {
	return object{
		"name": scope.Name, "version": scope.Version, "attributes": toMap(scope.Attributes.ToSlice()), "droppedAttributes": 0, "schemaUrl": scope.SchemaURL,
	}
}

func toMap(attributes []attribute.KeyValue) object {
	all := object{}
	for _, kv := range attributes {
		all[string(kv.Key)] = toValue(kv.Value)
	}
	return all
}

func toValue(value attribute.Value) any {
	switch value.Type() {
	case attribute.INT64:
		return toInteger(value.AsInt64())
	case attribute.FLOAT64:
		return toDouble(value.AsFloat64())
	case attribute.INT64SLICE:
		return toList(value.AsInt64Slice(), toInteger)
	case attribute.FLOAT64SLICE:
		return toList(value.AsFloat64Slice(), toDouble)
	case attribute.BYTESLICE:
		return base64.StdEncoding.EncodeToString(value.AsByteSlice())
	case attribute.SLICE:
		return toList(value.AsSlice(), toValue)
	case attribute.MAP:
		return toMap(value.AsMap())
	case attribute.EMPTY:
		return nil
	}
	return value.AsInterface()
}

func toList[T any](values []T, convert func(T) any) list {
	all := list{}
	for _, value := range values {
		all = append(all, convert(value))
	}
	return all
}

func toInteger(value int64) any {
	if value > largestSafeInteger || value < -largestSafeInteger {
		return strconv.FormatInt(value, 10)
	}
	return value
}

func toDouble(value float64) any {
	switch {
	case math.IsNaN(value):
		return "NaN"
	case math.IsInf(value, 1):
		return "Infinity"
	case math.IsInf(value, -1):
		return "-Infinity"
	}
	return value
}

func toID(valid bool, text string) string {
	if valid {
		return text
	}
	return ""
}

func flagsOf(flags trace.TraceFlags, parent trace.SpanContext) int {
	all := int(flags) | contextHasIsRemote
	if parent.IsRemote() {
		all |= contextIsRemote
	}
	return all
}

func toNs(at time.Time) string {
	return strconv.FormatInt(max(0, at.UnixNano()), 10)
}

func printLine(line object) {
	text, err := json.Marshal(line)
	check(err)
	_, err = os.Stdout.Write(append(text, '\n'))
	check(err)
}
