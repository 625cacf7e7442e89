/** Who sends: the resource, under the names of the semantic conventions. What may hold secrets, such as arguments of the command, is left out. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { arch, hostname, type } from 'node:os';
import { dirname, join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import { defaultServiceName, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { Resource } from '@opentelemetry/resources';
import { kit } from './kit.ts';

/**
 * The service's name is that of the settings, of OTEL_RESOURCE_ATTRIBUTES, or of the package that the program belongs to, in this
 * order; its version that of OTEL_RESOURCE_ATTRIBUTES or of the package.
 */
export function readResource(serviceName: string | undefined, program: string | undefined = process.argv[1]): Resource {
  const own = program === undefined ? undefined : packageOf(program);
  const attributes = {
    'service.name': own?.name ?? defaultServiceName(),
    ...(own?.version !== undefined && { 'service.version': own.version }),
    'service.instance.id': randomUUID(),
    'host.name': hostname(),
    'host.arch': archNames[arch()] ?? arch(),
    'os.type': type().toLowerCase().replace('windows_nt', 'windows'),
    'process.pid': process.pid,
    'process.executable.path': process.execPath,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    ...(!isMainThread && { 'thread.id': threadId }),
    'telemetry.sdk.name': kit.name,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': kit.version,
  };
  return resourceFromAttributes(attributes)
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes(serviceName === undefined ? {} : { 'service.name': serviceName }));
}

/** Node's names of processors as the conventions have them. */
const archNames: Readonly<Record<string, string>> = { x64: 'amd64', ia32: 'x86', arm: 'arm32', ppc: 'ppc32' };

/** The nearest package.json above a program that has a name. */
function packageOf(program: string): { readonly name: string; readonly version: string | undefined } | undefined {
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    const found = readPackage(join(folder, 'package.json'));
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

function readPackage(path: string): { readonly name: string; readonly version: string | undefined } | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as { name?: unknown; version?: unknown };
    return typeof name === 'string' ? { name, version: typeof version === 'string' ? version : undefined } : undefined;
  } catch {
    return undefined;
  }
}
