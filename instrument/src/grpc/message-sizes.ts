/**
 * Bytes of messages, which only those know who write and read them. To remember each message in a `WeakMap` costs the collector of
 * garbage more than all else that the kit does for a call.
 */
export interface MessageSizes {
  readonly counting: <T>(serialize: (value: T) => Buffer) => (value: T) => Buffer;
  readonly remembering: <T>(deserialize: (bytes: Buffer) => T) => (bytes: Buffer) => T;
  /** Bytes of the message that was serialized last. */
  readonly last: () => number;
  /** Bytes that a message was read from. */
  readonly of: (message: unknown) => number;
}

/** A message that was read is most often passed on at once; those that wait for the ones before them are remembered. */
export function messageSizes(): MessageSizes {
  const waiting = new WeakMap<object, number>();
  let newest: { readonly message: unknown; readonly bytes: number } = { message: undefined, bytes: 0 };
  let lastWritten = 0;
  return {
    counting: (serialize) => (value) => {
      const bytes = serialize(value);
      lastWritten = bytes.length;
      return bytes;
    },
    remembering: (deserialize) => (bytes) => {
      if (isObject(newest.message)) waiting.set(newest.message, newest.bytes);
      const message = deserialize(bytes);
      newest = { message, bytes: bytes.length };
      return message;
    },
    last: () => lastWritten,
    of(message) {
      const { bytes } = newest;
      if (message !== newest.message) return isObject(message) ? (waiting.get(message) ?? bytes) : bytes;
      newest = { message: undefined, bytes };
      return bytes;
    },
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
