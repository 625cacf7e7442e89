/** Code that most processes do without lies in files of its own beside this one. */
import { createRequire } from 'node:module';

interface Modules {
  readonly files: typeof import('./file/file-exporter.ts');
  readonly terminal: typeof import('./terminal/terminal-exporter.ts');
  readonly 'signal-profiles': typeof import('./profile/signal-profiles.ts');
}

/** Loads one of them before it returns. Throws when that fails. */
export function loaded<Name extends keyof Modules>(name: Name): Modules[Name] {
  return createRequire(import.meta.url)(`./${name}.js`) as Modules[Name];
}
