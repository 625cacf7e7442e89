/**
 * Lines of files, folders and standard input, with their place; inflated when they are gzip, or zstd where Node has it. What is held is
 * a piece of the file and the line that it ends in the middle of, whatever the size of the file.
 */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable, pipeline } from 'node:stream';
import type { Duplex } from 'node:stream';
import zlib from 'node:zlib';
import { SondeError } from '../base/errors.ts';

/** Sonde takes bodies of so many bytes, if it is not set otherwise. */
export const lineBytesMax = 64 << 20;
const pieceBytes = 1 << 20;

export interface Line {
  readonly file: string;
  /** From 1 on. */
  readonly number: number;
  /** Without its end; empty for a line over the limit. */
  readonly bytes: Buffer;
  /** How long it is, also over the limit. */
  readonly length: number;
  /** The last line of a file may lack its end: whoever wrote it was killed. */
  readonly hasEnd: boolean;
}

/** What to read, in order: a folder stands for its files by name. `-` is standard input. Throws `config` for what is not there. */
export function filesIn(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (path === '-') return [path];
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) throw new SondeError('config', `There is no file or folder "${path}".`);
    if (!found.isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => isTelemetry(name));
    if (names.length === 0) {
      throw new SondeError('config', `The folder "${path}" has no files with names like x.jsonl, x.json, x.jsonl.gz.`);
    }
    return names.toSorted().map((name) => join(path, name));
  });
}

function isTelemetry(name: string): boolean {
  return /\.(jsonl|ndjson|json)(\.(gz|zst))?$/.test(basename(name));
}

/** The bytes of all that can be known beforehand. */
export function bytesIn(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + (file === '-' ? 0 : statSync(file).size), 0);
}

/** The lines of a file, those of a piece at a time. `onBytes` hears how many bytes were read, before they are inflated. */
export async function* readLines(file: string, onBytes: (count: number) => void): AsyncGenerator<readonly Line[]> {
  const splitter = new Splitter(file);
  for await (const piece of inflated(piecesOf(file, onBytes))) yield splitter.linesTo(piece);
  yield splitter.rest();
}

async function* piecesOf(file: string, onBytes: (count: number) => void): AsyncGenerator<Buffer> {
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: pieceBytes });
  for await (const piece of stream) {
    onBytes((piece as Buffer).length);
    yield piece as Buffer;
  }
}

/** What a file is, its first bytes say: names may be missing or wrong. */
async function* inflated(pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < 4) {
    const { value, done } = await pieces.next();
    if (done === true) break;
    start = start.length === 0 ? value : Buffer.concat([start, value]);
  }
  const inflate = inflateFor(start);
  if (inflate === undefined) {
    yield start;
    yield* pieces;
    return;
  }
  pipeline(Readable.from(joined(start, pieces)), inflate, () => undefined);
  for await (const piece of inflate) yield piece as Buffer;
}

async function* joined(start: Buffer, pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield start;
  yield* pieces;
}

function inflateFor(start: Buffer): Duplex | undefined {
  const chunkSize = pieceBytes;
  if (start[0] === 0x1f && start[1] === 0x8b) return zlib.createGunzip({ chunkSize });
  if (start.length < 4 || start.readUInt32LE(0) !== 0xfd2fb528) return undefined;
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: { chunkSize: number }) => Duplex };
  if (createZstdDecompress === undefined) {
    throw new SondeError(
      'config',
      `it is zstd, which needs Node 22.15 or newer (this is ${process.versions.node}): unpack it before`,
    );
  }
  return createZstdDecompress({ chunkSize });
}

const lineEnd = 0x0a;

class Splitter {
  readonly #file: string;
  /** Pieces of the line that has not ended. */
  #open: Buffer[] = [];
  #openBytes = 0;
  #number = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** The lines that end in a piece. */
  linesTo(piece: Buffer): Line[] {
    const lines: Line[] = [];
    let at = 0;
    for (let end = piece.indexOf(lineEnd); end !== -1; end = piece.indexOf(lineEnd, at)) {
      lines.push(this.#line(piece.subarray(at, end), true));
      at = end + 1;
    }
    this.#keep(piece.subarray(at));
    return lines;
  }

  /** What comes after the last end of a line. */
  rest(): Line[] {
    return this.#openBytes === 0 ? [] : [this.#line(Buffer.alloc(0), false)];
  }

  /** Of a line over the limit only the length is kept. */
  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#openBytes += bytes.length;
    if (this.#openBytes > lineBytesMax) this.#open = [];
    else this.#open.push(bytes);
  }

  #line(last: Buffer, hasEnd: boolean): Line {
    const isOne = this.#openBytes === 0;
    this.#keep(last);
    const length = this.#openBytes;
    const bytes = isOne && length <= lineBytesMax ? last : Buffer.concat(this.#open);
    this.#open = [];
    this.#openBytes = 0;
    return { file: this.#file, number: ++this.#number, bytes, length, hasEnd };
  }
}
