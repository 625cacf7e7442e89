/** What to copy to send telemetry from the usual places. */
export interface Addresses {
  /** OTLP/HTTP and OTLP/gRPC on their own ports, and OTLP/HTTP on the port of this page. */
  readonly http: string;
  readonly grpc: string;
  readonly here: string;
}

export type SnippetName = 'Node.js' | 'Python' | 'curl' | 'Collector';

export interface Snippet {
  readonly name: SnippetName;
  readonly about: string;
  readonly code: string;
}

export function addressesOf(origin: string, hostname: string): Addresses {
  return { http: `http://${hostname}:4318`, grpc: `http://${hostname}:4317`, here: origin };
}

export function snippetsFor({ http, grpc }: Addresses): readonly Snippet[] {
  return [
    {
      name: 'Node.js',
      about: 'OpenTelemetry’s own instrumentation, without a change to the program.',
      code: `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node

export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_ENDPOINT=${http}
export OTEL_METRICS_EXPORTER=otlp OTEL_LOGS_EXPORTER=otlp
export NODE_OPTIONS='--require @opentelemetry/auto-instrumentations-node/register'
node app.js`,
    },
    {
      name: 'Python',
      about: 'OpenTelemetry’s own instrumentation, without a change to the program.',
      code: `pip install opentelemetry-distro opentelemetry-exporter-otlp
opentelemetry-bootstrap --action=install

export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${http}
export OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true
opentelemetry-instrument python app.py`,
    },
    {
      name: 'curl',
      about: 'One log record, by hand: to see that it arrives.',
      code: `curl ${http}/v1/logs -H 'Content-Type: application/json' -d '{
  "resourceLogs": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "hello"}}]},
    "scopeLogs": [{"logRecords": [{
      "timeUnixNano": "'$(date +%s)000000000'",
      "severityNumber": 9, "severityText": "INFO",
      "body": {"stringValue": "Hello, Sonde"}
    }]}]
  }]
}'`,
    },
    {
      name: 'Collector',
      about: 'An OpenTelemetry Collector passes on everything that it receives.',
      code: `exporters:
  otlp/sonde:
    endpoint: ${grpc.replace('http://', '')}
    tls:
      insecure: true

service:
  pipelines:
    traces:  { receivers: [otlp], exporters: [otlp/sonde] }
    logs:    { receivers: [otlp], exporters: [otlp/sonde] }
    metrics: { receivers: [otlp], exporters: [otlp/sonde] }`,
    },
  ];
}
