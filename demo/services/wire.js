// @ts-check
/**
 * The client's half of the PostgreSQL protocol, cut into exchanges: what a client sends before it waits for an answer. That is
 * the startup message, or the messages up to a Query or a Sync. Flush and COPY, which answer earlier, are not known here.
 */

const codes = { ssl: 80877103, gss: 80877104, cancel: 80877102 };
const query = 'Q'.charCodeAt(0);
const sync = 'S'.charCodeAt(0);
const terminate = 'X'.charCodeAt(0);

/** Longer than any message that belongs here: the reader gives up. */
export const messageBytesMax = 16 * 1024 * 1024;

/**
 * `encryption`: the client asks for TLS or GSS and waits for one byte. `cancel`, `terminate`: nothing to answer, the connection
 * ends. `exchange`: for the database.
 * @typedef {{ kind: 'encryption' | 'cancel' | 'terminate' } | { kind: 'exchange', bytes: Uint8Array }} Request
 */

/**
 * A function that takes the bytes of one connection as they arrive and gives the requests that they complete.
 * @returns {(chunk: Uint8Array) => Request[]} Throws a RangeError for a length that cannot be.
 */
export function createRequestReader() {
  let rest = Buffer.alloc(0);
  /** @type {Buffer[]} */
  let gathered = [];
  let hasStarted = false;

  /** @returns {Request | 'more' | undefined} Undefined when the next message is not complete. */
  const next = () => {
    const headBytes = hasStarted ? 5 : 8;
    if (rest.length < headBytes) return undefined;
    const lengthAt = hasStarted ? 1 : 0;
    const length = lengthAt + rest.readInt32BE(lengthAt);
    if (length < headBytes || length > messageBytesMax) throw new RangeError(`A message of ${length} bytes cannot be.`);
    if (rest.length < length) return undefined;
    const message = rest.subarray(0, length);
    rest = rest.subarray(length);
    return hasStarted ? take(message) : start(message);
  };

  /** @param {Buffer} message @returns {Request} */
  const start = (message) => {
    const code = message.readInt32BE(4);
    if (code === codes.ssl || code === codes.gss) return { kind: 'encryption' };
    if (code === codes.cancel) return { kind: 'cancel' };
    hasStarted = true;
    return { kind: 'exchange', bytes: new Uint8Array(message) };
  };

  /** @param {Buffer} message @returns {Request | 'more'} */
  const take = (message) => {
    const type = message[0];
    if (type === terminate) return { kind: 'terminate' };
    gathered.push(message);
    if (type !== query && type !== sync) return 'more';
    const bytes = new Uint8Array(Buffer.concat(gathered));
    gathered = [];
    return { kind: 'exchange', bytes };
  };

  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    /** @type {Request[]} */
    const requests = [];
    for (let request = next(); request !== undefined; request = next()) if (request !== 'more') requests.push(request);
    return requests;
  };
}
