/** Where telemetry goes, by the settings. */
import { loaded } from './loaded.ts';
import { otlpJson, otlpMessage } from './otlp/json.ts';
import type { Exporter } from './send/exporter.ts';
import { otlpExporter } from './send/otlp-exporter.ts';
import { makeTransports } from './send/transports.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal/terminal-exporter.ts';

export function terminalFor({ shown, debug }: Settings): Terminal | undefined {
  if (shown.length === 0) return undefined;
  const { makeTerminal } = loaded('terminal');
  return makeTerminal({ stream: process.stderr, shown, isTalking: debug, toMessage: otlpMessage });
}

export interface ExportersOptions {
  readonly service: string;
  readonly terminal: Terminal | undefined;
  readonly warn: (message: string) => void;
}

/** Sending comes last, as it may take its time when the process exits. */
export function exportersFor(settings: Settings, { service, terminal, warn }: ExportersOptions): Exporter[] {
  const { files, tracesDelayMs, logsDelayMs, queueBytesMax } = settings;
  const exporters: Exporter[] = [];
  if (files !== undefined) {
    const { fileExporter } = loaded('files');
    exporters.push(fileExporter({ settings: files, service, toJson: otlpJson, warn }));
  }
  if (terminal !== undefined) exporters.push(terminal.exporter);
  const transports = makeTransports(settings.targets, warn, terminal?.watched);
  exporters.push(otlpExporter({ transports, delaysMs: { traces: tracesDelayMs, logs: logsDelayMs }, queueBytesMax, warn }));
  return exporters;
}
