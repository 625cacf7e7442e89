/**
 * What a backend says of a request that it took in part: `partial_success` of ExportTraceServiceResponse and its like (opentelemetry-proto,
 * collector services): field 1, within it the number of rejected records 1 and the words 2.
 */

/** How many records were not taken, and why. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly why: string;
}

/** Of an answer in JSON, or in protobuf; undefined when all was taken, or when the answer is of neither form. */
export function partialSuccess(answer: Uint8Array, contentType: string): PartialSuccess | undefined {
  if (answer.length === 0) return undefined;
  try {
    return contentType.startsWith('application/json') ? ofJson(Buffer.from(answer).toString('utf8')) : ofProtobuf(answer);
  } catch {
    return undefined;
  }
}

/** The same in words, as people are told. */
export function partWords(url: string, part: PartialSuccess | undefined): string | undefined {
  return part === undefined
    ? undefined
    : `${url} did not take ${part.rejected} of the records${part.why === '' ? '' : `: ${part.why}`}`;
}

const rejectedNames = ['rejectedSpans', 'rejectedLogRecords', 'rejectedDataPoints'];

function ofJson(text: string): PartialSuccess | undefined {
  const { partialSuccess: part } = JSON.parse(text) as { partialSuccess?: Readonly<Record<string, unknown>> };
  if (part === undefined || part === null) return undefined;
  const rejected = Number(rejectedNames.map((name) => part[name]).find((value) => value !== undefined) ?? 0);
  const why = part['errorMessage'];
  return rejected > 0 ? { rejected, why: typeof why === 'string' ? why : '' } : undefined;
}

function ofProtobuf(answer: Uint8Array): PartialSuccess | undefined {
  const part = fieldsOf(answer).get(1);
  if (!(part instanceof Uint8Array)) return undefined;
  const fields = fieldsOf(part);
  const rejected = Number(fields.get(1) ?? 0);
  const why = fields.get(2);
  return rejected > 0 ? { rejected, why: why instanceof Uint8Array ? Buffer.from(why).toString('utf8') : '' } : undefined;
}

/** The fields of a message by number, of which those that are varints and bytes matter here. Throws when it is none. */
function fieldsOf(message: Uint8Array): Map<number, number | Uint8Array> {
  const fields = new Map<number, number | Uint8Array>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('a message that ends too soon');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag & 7;
    if (wireType !== 0 && wireType !== 2) throw new RangeError(`a field of wire type ${wireType}`);
    const value = varint();
    if (wireType === 0) fields.set(tag >>> 3, value);
    else fields.set(tag >>> 3, message.subarray(at, (at += value)));
  }
  return fields;
}
