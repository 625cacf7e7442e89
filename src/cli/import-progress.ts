/** How far an import is, in one line that is written anew; only where a person looks on. */

interface ProgressStream {
  readonly isTTY?: boolean;
  readonly write: (text: string) => unknown;
}

const drawEveryMs = 200;
const clearLine = '\r\u001B[K';

export class ImportProgress {
  readonly #stream: ProgressStream;
  /** 0 when it is not known. */
  readonly #bytesTotal: number;
  readonly #startMs = performance.now();
  #bytes = 0;
  #drawnMs = -Infinity;

  constructor(stream: ProgressStream, bytesTotal: number) {
    this.#stream = stream;
    this.#bytesTotal = bytesTotal;
  }

  /** So many bytes more were read. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#stream.isTTY !== true || performance.now() - this.#drawnMs < drawEveryMs) return;
    this.#drawnMs = performance.now();
    this.#stream.write(clearLine + this.text());
  }

  /** A line that stays. */
  tell(line: string): void {
    this.end();
    this.#stream.write(`${line}\n`);
  }

  /** Takes the line of progress away. */
  end(): void {
    if (this.#drawnMs !== -Infinity) this.#stream.write(clearLine);
    this.#drawnMs = -Infinity;
  }

  text(): string {
    const seconds = Math.max(0.001, (performance.now() - this.#startMs) / 1000);
    const speed = `${mebibytes(this.#bytes / seconds)}/s`;
    // Standard input may bring more than the files have.
    if (this.#bytesTotal < this.#bytes || this.#bytesTotal === 0) return `${mebibytes(this.#bytes)}, ${speed}`;
    const share = Math.floor((100 * this.#bytes) / this.#bytesTotal);
    return `${mebibytes(this.#bytes)} of ${mebibytes(this.#bytesTotal)} (${share} %), ${speed}`;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}
