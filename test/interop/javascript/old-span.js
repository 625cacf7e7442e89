// Sends a span that Sonde takes and, in the same request, one that is older than it keeps traces: the SDK must be told of the
// one that was refused. Prints the other, as sender.js does.
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { print, printSpan } from './expect.js';

const packageEnd = process.env.OTEL_EXPORTER_OTLP_PROTOCOL === 'grpc' ? 'grpc' : 'proto';
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${packageEnd}`);
const dayMs = 86_400_000;

diag.setLogger({ ...console, warn: (...words) => print('notice', words.join(' ')) }, DiagLogLevel.WARN);
const provider = new TracerProvider({
  resource: resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME }),
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
});
const tracer = provider.getTracer('interop.old');
const old = new Date(Date.now() - 400 * dayMs);
tracer.startSpan('too old', { startTime: old }).end(old);
const taken = tracer.startSpan('taken');
taken.end();
printSpan(taken);
await provider.shutdown();
print('done', true);
