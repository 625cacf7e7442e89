/** What the kit is about to do, in words. */
import type { Signal } from '../send/signals.ts';
import type { FileSettings, Settings } from '../settings.ts';
import { bytesText, durationText } from './text.ts';

export interface StartFacts {
  readonly settings: Settings;
  /** Name and version of the kit. */
  readonly kit: string;
  readonly service: string;
  readonly watched: readonly string[];
}

export function startLines({ settings, kit, service, watched }: StartFacts): string {
  const { sampler, propagators, files, ignoredPaths } = settings;
  return [
    `${kit} in ${service}, process ${process.pid}, Node ${process.versions.node}`,
    ...Object.keys(settings.targets).map((signal) => `  ${signal}: ${targetText(signal as Signal, settings)}`),
    ...(files === undefined ? [] : [`  files: ${filesText(files)}`]),
    `  sampler: ${sampler.description}`,
    `  propagators: ${propagators.join(', ') || 'none'}`,
    `  watched: ${watched.join(', ')}`,
    ...(ignoredPaths.length === 0 ? [] : [`  ignored paths: ${ignoredPaths.join(', ')}`]),
  ].join('\n');
}

function targetText(signal: Signal, settings: Settings): string {
  const target = settings.targets[signal];
  if (target === undefined) return 'not sent';
  const { tracesDelayMs, logsDelayMs, metricsIntervalMs } = settings;
  const every = { traces: tracesDelayMs, logs: logsDelayMs, metrics: metricsIntervalMs }[signal];
  const gzip = target.compression === 'gzip' ? ' with gzip' : '';
  return `${target.protocol}${gzip} to ${withoutPassword(target.url)} every ${durationText(every)}`;
}

function filesText({ folder, intervalMs, kept, bytesMax }: FileSettings): string {
  const when = intervalMs === 0 ? 'each record at once' : `every ${durationText(intervalMs)}`;
  return `${folder}, ${when}, ${kept} of ${bytesText(bytesMax)} for each signal`;
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@');
}
