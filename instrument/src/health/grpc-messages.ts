/**
 * The messages of gRPC's health service (grpc/health/v1/health.proto), by hand: a name, a number of one byte, and a map from the one
 * to the other.
 */
export const servingStatuses = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;
export type ServingStatus = (typeof servingStatuses)[keyof typeof servingStatuses];

export interface HealthCheckRequest {
  readonly service: string;
}

export interface HealthCheckResponse {
  readonly status: ServingStatus;
}

export interface HealthListResponse {
  readonly statuses: ReadonlyMap<string, HealthCheckResponse>;
}

/** Throws when it is no such message. */
export function readRequest(bytes: Uint8Array): HealthCheckRequest {
  let service = '';
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new Error('a HealthCheckRequest ends within a number');
  };
  const skip = (length: number): number => {
    if (length > bytes.length - at) throw new Error('a HealthCheckRequest ends within a field');
    at += length;
    return at - length;
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 2) {
      const length = varint();
      const start = skip(length);
      if (tag === 0x0a) service = new TextDecoder().decode(bytes.subarray(start, at));
    } else if (wireType === 0) varint();
    else if (wireType === 1) skip(8);
    else if (wireType === 5) skip(4);
    else throw new Error(`a HealthCheckRequest has a field of wire type ${wireType}`);
  }
  return { service };
}

export function writeResponse({ status }: HealthCheckResponse): Buffer {
  return status === 0 ? Buffer.alloc(0) : Buffer.from([0x08, status]);
}

export function writeList({ statuses }: HealthListResponse): Buffer {
  const entries = Array.from(statuses, ([service, response]) =>
    field(0x0a, Buffer.concat([field(0x0a, Buffer.from(service)), field(0x12, writeResponse(response))])),
  );
  return Buffer.concat(entries);
}

function field(tag: number, value: Uint8Array): Buffer {
  const head = [tag];
  let rest = value.length;
  for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, rest]), value]);
}
