/** Sonde as a program in processes of its own, compiled from the sources as they are. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './store.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  /** `bin/sonde.cjs` of the compiled copy. */
  readonly script: string;
  /** Its processes that have not ended. */
  readonly running: Set<ChildProcess>;
  /** Kills what still runs and removes the copy. */
  readonly remove: () => void;
}

/** Compiles `src` into a directory of its own, laid out as a build is. */
export function compileProgram(): Program {
  const { path, remove } = temporaryDirectory('program');
  mkdirSync(join(path, 'dist'));
  copyFileSync(join(root, 'package.json'), join(path, 'package.json'));
  cpSync(join(root, 'bin'), join(path, 'bin'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = ['-p', 'tsconfig.build.json', '--outDir', join(path, 'dist/src'), '--noCheck', '--sourceMap', 'false'];
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...project], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`src does not compile: ${stdout}`);
  const running = new Set<ChildProcess>();
  const end = (): void => {
    for (const child of running) child.kill('SIGKILL');
    remove();
  };
  return { script: join(path, 'bin/sonde.cjs'), running, remove: end };
}

export interface RunningProgram {
  readonly process: ChildProcess;
  /** Resolves with `http://host:port` of OTLP/HTTP and of the main port when it is ready; rejects when it ends before. */
  readonly ready: Promise<{ readonly otlp: string; readonly main: string }>;
  /** Resolves when it has ended, with what it wrote to stderr. */
  readonly ended: Promise<string>;
}

export function startProgram({ script, running }: Program, data: string, flags: readonly string[] = []): RunningProgram {
  const ports = ['--listen', '--otlp-http', '--otlp-grpc'].flatMap((flag) => [flag, '127.0.0.1:0']);
  const child = spawn(process.execPath, [script, 'serve', '--data', data, ...ports, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-20_000)));
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(errors)));
  const ready = new Promise<{ otlp: string; main: string }>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => {
      const { http, otlpHttp } = JSON.parse(line) as { http: string; otlpHttp: string };
      resolve({ otlp: `http://${otlpHttp}`, main: `http://${http}` });
    });
    void ended.then((text) => reject(new Error(`Sonde ended before it was ready: ${text}`)));
  });
  // A program that is killed while it starts is nobody's error.
  ready.catch(() => undefined);
  return { process: child, ready, ended };
}
