/** Reads the settings from flags, environment and file. The only place that reads the environment. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parse } from 'yaml';
import { SondeError } from '../base/errors.ts';
import { flagOf, settings, variableOf } from './settings.ts';
import type { Config, SettingName } from './settings.ts';

const names = Object.keys(settings) as SettingName[];

/**
 * Reads all settings. `flags` are those of the command line by name without dashes; `--config` names the file, else
 * SONDE_CONFIG. Throws `config` that names the setting, where it was given, what it expects and what came.
 */
export function readConfig(flags: ReadonlyMap<string, string>): Config {
  const file = flags.get('config') ?? process.env['SONDE_CONFIG'];
  const fromFile = file === undefined ? new Map<string, string>() : readFile(file);
  checkNames(flags, 'flag', (name) => `--${name}`, ['config']);
  checkNames(fromFile, `setting in ${file}`, (name) => name, []);
  const config: Record<string, unknown> = {};
  for (const name of names) {
    const key = flagOf(name);
    const variable = variableOf(name);
    const given: readonly (readonly [string, string | undefined])[] = [
      [`--${key}`, flags.get(key)],
      [variable, process.env[variable]],
      [`${key} in ${file}`, fromFile.get(key)],
      ['default', settings[name].default],
    ];
    const [where, text = ''] = given.find(([, value]) => value !== undefined) ?? ['default', ''];
    config[name] = parseSetting(name, where, text);
  }
  if (config['writer'] === '') config['writer'] = hostname();
  return config as Config;
}

function parseSetting(name: SettingName, where: string, text: string): unknown {
  const { kind } = settings[name];
  const value = kind.parse(text);
  if (value === undefined) throw new SondeError('config', `${where} expects ${kind.expects}; got "${text}".`);
  return value;
}

function checkNames(
  given: ReadonlyMap<string, string>,
  what: string,
  show: (name: string) => string,
  others: readonly string[],
): void {
  const known = new Set([...names.map(flagOf), ...others]);
  for (const name of given.keys()) {
    if (!known.has(name))
      throw new SondeError('config', `There is no ${what} "${show(name)}". "sonde serve --help" lists all settings.`);
  }
}

function readFile(path: string): Map<string, string> {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw new SondeError('config', `Can not read the settings file ${path}: ${(thrown as Error).message}`, { cause: thrown });
  }
  const flat = new Map<string, string>();
  if (content !== null && content !== undefined) flatten(content, '', path, flat);
  return flat;
}

/** Nested keys are joined with dashes, lists with commas. */
function flatten(value: unknown, key: string, path: string, into: Map<string, string>): void {
  if (Array.isArray(value)) into.set(key, value.join(','));
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) flatten(inner, key === '' ? name : `${key}-${name}`, path, into);
  } else if (key === '') throw new SondeError('config', `The settings file ${path} expects a map of settings.`);
  else into.set(key, String(value));
}
