/**
 * Reads the project's text files and finds their imports, without a compiler: comments, strings and regular expressions are
 * blanked first, so that only code is searched, and what JSX text does to quotes ends with its line.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';

export interface Import {
  readonly line: number;
  readonly specifier: string;
  /** `import type` and `export type`: gone when the program runs. */
  readonly typeOnly: boolean;
  /** `export … from`. */
  readonly reExport: boolean;
  /** What it names: a path from the root of the project, `node`, or the name of a package. */
  readonly target: { readonly kind: 'file' | 'package'; readonly name: string };
}

export interface TextFile {
  /** From the root of the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface SourceFile extends TextFile {
  /** The text with comments and the insides of strings blanked; as long as `text`. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const sourceName = /\.(ts|tsx|js|cjs|mjs)$/;

/** All text files of the project; folders that .gitignore names are left out. */
export function readProject(root: string): TextFile[] {
  const ignored = new Set(['.git', ...ignoredFolders(root)]);
  const files: TextFile[] = [];
  for (const entry of readdirSync(root, { recursive: false, withFileTypes: true })) {
    if (!ignored.has(entry.name)) readInto(files, root, entry.name, entry.isDirectory(), ignored);
  }
  return files;
}

function readInto(files: TextFile[], root: string, path: string, isFolder: boolean, ignored: ReadonlySet<string>): void {
  if (isFolder) {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      if (!ignored.has(entry.name)) readInto(files, root, posix.join(path, entry.name), entry.isDirectory(), ignored);
    }
    return;
  }
  const bytes = readFileSync(join(root, path));
  if (!bytes.subarray(0, 8000).includes(0)) files.push({ path, text: bytes.toString('utf8') });
}

function ignoredFolders(root: string): string[] {
  const lines = readFileSync(join(root, '.gitignore'), 'utf8').split('\n');
  return lines.filter((line) => line.endsWith('/')).map((line) => line.slice(0, -1));
}

/** The TypeScript and JavaScript files among them, with their imports. */
export function sourcesOf(files: readonly TextFile[]): SourceFile[] {
  return files.filter(({ path }) => sourceName.test(path)).map(({ path, text }) => toSource(path, text));
}

export function toSource(path: string, text: string): SourceFile {
  const code = blank(text);
  return { path, text, code, imports: findImports(path, text, code) };
}

/** The 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

const comment = String.raw`\/\/.*|\/\*[^]*?\*\/`;
const quoted = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`;
const regularExpression = String.raw`(?<=(?:^|[(,=:[!&|?{};>+*%~^-]|\breturn|\bcase)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/`;
const token = new RegExp(`${comment}|${quoted}|${regularExpression}|[\`{}]`, 'g');
const templatePart = /(?:\\[^]|\$(?!\{)|[^`\\$])*(`|\$\{|$)/y;

/** Replaces comments and the insides of strings, templates and regular expressions by spaces; line breaks stay. */
export function blank(text: string): string {
  let out = '';
  let done = 0;
  /** For each open `${`: how many braces are open inside it. */
  const holes: number[] = [];
  const keepTo = (end: number): void => {
    out += text.slice(done, end);
    done = end;
  };
  const blankTo = (end: number): void => {
    out += text.slice(done, end).replaceAll(/[^\n]/g, ' ');
    done = end;
  };
  const blankTemplate = (): void => {
    templatePart.lastIndex = done;
    const end = templatePart.exec(text);
    if (end === null) return;
    blankTo(done + end[0].length - (end[1] ?? '').length);
    if (end[1] === '${') holes.push(0);
    keepTo(templatePart.lastIndex);
    token.lastIndex = done;
  };
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const found = match[0];
    const open = holes.length - 1;
    keepTo(match.index);
    if (found === '{' || found === '}') {
      keepTo(done + 1);
      if (open < 0) continue;
      if (found === '{') holes[open] = (holes[open] ?? 0) + 1;
      else if (holes[open] === 0) {
        holes.pop();
        blankTemplate();
      } else holes[open] = (holes[open] ?? 0) - 1;
    } else if (found === '`') {
      keepTo(done + 1);
      blankTemplate();
    } else if (/^\/[/*]/.test(found)) {
      blankTo(done + found.length);
    } else {
      keepTo(done + 1);
      blankTo(match.index + found.length - 1);
      keepTo(done + 1);
    }
  }
  keepTo(text.length);
  return out;
}

const importWords =
  /\b(import|export)\b(\s+type\b)?[\w\s{},*$]*?\bfrom\s*(['"])|\bimport\s*\(?\s*(['"])|\bnew\s+URL\(\s*(['"])(?=\s*['"]\s*,\s*import\.meta)/g;

function findImports(path: string, text: string, code: string): Import[] {
  const imports: Import[] = [];
  for (const match of code.matchAll(importWords)) {
    const end = match.index + match[0].length;
    const close = code.indexOf(match[0].slice(-1), end);
    const specifier = text.slice(end, close);
    // A URL beside this file is an import when it names a source (a worker); else it is a place at run time.
    if (match[5] !== undefined && !specifier.endsWith('.ts')) continue;
    imports.push({
      line: lineAt(text, match.index),
      specifier,
      typeOnly: match[2] !== undefined,
      reExport: match[1] === 'export',
      target: targetOf(path, specifier),
    });
  }
  return imports;
}

function targetOf(path: string, specifier: string): Import['target'] {
  if (specifier.startsWith('.')) return { kind: 'file', name: posix.join(posix.dirname(path), specifier.replace(/\?.*$/, '')) };
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return { kind: 'package', name: 'node' };
  const parts = specifier.split('/');
  return { kind: 'package', name: specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '') };
}
