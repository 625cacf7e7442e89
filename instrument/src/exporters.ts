/** Where telemetry goes, by the settings. */
import { createRequire } from 'node:module';
import { otlpJson, otlpMessage } from './otlp/json.ts';
import type { Exporter } from './send/exporter.ts';
import { otlpExporter } from './send/otlp-exporter.ts';
import { makeTransports } from './send/transports.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal/terminal-exporter.ts';

/** Code that most processes do without lies in a file of its own beside this one. */
function loaded(name: 'files' | 'terminal'): unknown {
  return createRequire(import.meta.url)(`./${name}.js`);
}

export function terminalFor({ shown, debug }: Settings): Terminal | undefined {
  if (shown.length === 0) return undefined;
  const { makeTerminal } = loaded('terminal') as typeof import('./terminal/terminal-exporter.ts');
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
    const { fileExporter } = loaded('files') as typeof import('./file/file-exporter.ts');
    exporters.push(fileExporter({ settings: files, service, toJson: otlpJson, warn }));
  }
  if (terminal !== undefined) exporters.push(terminal.exporter);
  const transports = makeTransports(settings.targets, warn, terminal?.watched);
  exporters.push(otlpExporter({ transports, delaysMs: { traces: tracesDelayMs, logs: logsDelayMs }, queueBytesMax, warn }));
  return exporters;
}
