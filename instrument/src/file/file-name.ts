/**
 * Names of the files of telemetry: `checkout.traces.20260131T120000.123Z.4711.jsonl`, that is service, signal, when it was begun (UTC)
 * and by which process (`4711-2`: its thread 2). No two processes write into one file, and a file is never written again by another
 * process, not even in a container, where each process has the number 1. The files of a service and signal sort by time.
 */
import { isMainThread, threadId } from 'node:worker_threads';
import type { Signal } from '../send/signals.ts';

/** Some file systems take 255 bytes for a name. */
const serviceLengthMax = 100;

/** What the names of all files of a service and signal begin with. */
export function startOfName(service: string, signal: Signal): string {
  return `${service.replaceAll(/[^\w-]+/g, '_').slice(0, serviceLengthMax)}.${signal}.`;
}

export function fileName(start: string, begunMs: number): string {
  const time = new Date(begunMs).toISOString().replaceAll(/[-:]/g, '');
  return `${start}${time}.${process.pid}${isMainThread ? '' : `-${threadId}`}.jsonl`;
}

/** Whether a name is one that `fileName` made with that start. */
export function hasStart(name: string, start: string): boolean {
  return name.startsWith(start) && /^\d{8}T\d{6}\.\d{3}Z\.\d+(-\d+)?\.jsonl$/.test(name.slice(start.length));
}
