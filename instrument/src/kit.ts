/** What the kit calls itself where telemetry says who made it, and where it speaks to people. */
import { readFileSync } from 'node:fs';

const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly name: string;
  readonly version: string;
};

export const kit = { name, version };

/** Tells people on stderr what is wrong, or what the kit did. */
export function warn(message: string): void {
  process.stderr.write(`${kit.name}: ${message}\n`);
}
