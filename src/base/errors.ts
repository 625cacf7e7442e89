/**
 * The catalogue of errors that reach a user or a client. Each protocol renders them in its own shape; the code is stable
 * and documented. `status` is the HTTP status, `grpc` the gRPC status code, `retry` whether the same request may succeed
 * later (OTLP 1.11: HTTP 429/502/503/504, gRPC UNAVAILABLE and RESOURCE_EXHAUSTED with RetryInfo).
 */
interface CatalogueEntry {
  readonly status: number;
  readonly grpc: number;
  readonly retry: boolean;
  readonly doc: string;
}

export const errorCatalogue = {
  bad_request: { status: 400, grpc: 3, retry: false, doc: 'A parameter or body has the wrong form.' },
  malformed_body: { status: 400, grpc: 3, retry: false, doc: 'The body is not valid in its declared encoding.' },
  unsupported_encoding: { status: 415, grpc: 12, retry: false, doc: 'The content type or content encoding is not known.' },
  too_large: { status: 413, grpc: 8, retry: false, doc: 'The request is over a size limit.' },
  not_found: { status: 404, grpc: 5, retry: false, doc: 'No such thing, or no such path.' },
  method_not_allowed: { status: 405, grpc: 12, retry: false, doc: 'The path exists, the method does not.' },
  bad_tenant: { status: 400, grpc: 3, retry: false, doc: 'The tenant id in X-Scope-OrgID is not valid.' },
  overloaded: { status: 429, grpc: 8, retry: true, doc: 'Too much is in flight; wait and send again.' },
  unavailable: {
    status: 503,
    grpc: 14,
    retry: true,
    doc: 'The engine can not store right now (disk full, starting, stopping); send again.',
  },
  query_failed: { status: 422, grpc: 3, retry: false, doc: 'The query is well-formed but has no answer over this data.' },
  query_timeout: { status: 504, grpc: 4, retry: false, doc: 'The query ran longer than its time limit.' },
  query_too_large: { status: 422, grpc: 8, retry: false, doc: 'The query needs more memory or rows than its limit.' },
  query_cancelled: { status: 499, grpc: 1, retry: false, doc: 'The client went away or cancelled.' },
  config: { status: 500, grpc: 13, retry: false, doc: 'A setting is not valid.' },
  data_directory_locked: { status: 500, grpc: 13, retry: false, doc: 'Another process holds the data directory.' },
  schema_too_new: { status: 500, grpc: 13, retry: false, doc: 'The data was written by a newer Sonde.' },
  schema_too_old: { status: 500, grpc: 13, retry: false, doc: 'The data was written by a Sonde from before its first release.' },
  internal: { status: 500, grpc: 13, retry: false, doc: 'A bug of ours; the log has the details.' },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

export interface ErrorDetails {
  /** Byte offset in a body, or character offset in a query text. */
  readonly position?: number;
  /** How long a client should wait before it sends the same request again. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** An error for the outside: its message says what was expected and what came. */
export class SondeError extends Error {
  readonly code: ErrorCode;
  readonly position: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SondeError';
    this.code = code;
    this.position = details.position;
    this.retryAfterMs = details.retryAfterMs;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  get grpcCode(): number {
    return errorCatalogue[this.code].grpc;
  }

  get retryable(): boolean {
    return errorCatalogue[this.code].retry;
  }
}

/** Turns whatever was thrown into a SondeError; what we did not foresee becomes `internal`, its cause kept for the log. */
export function toSondeError(thrown: unknown): SondeError {
  if (thrown instanceof SondeError) return thrown;
  return new SondeError('internal', 'An internal error happened; the log of Sonde has the details.', { cause: thrown });
}
