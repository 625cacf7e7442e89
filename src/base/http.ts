/**
 * The HTTP shapes that protocols and APIs speak, free of any server library: plain data in, plain data out, so a test calls
 * a handler without a port.
 */
export interface HttpRequest {
  readonly method: string;
  /** The path without the query string, percent-decoding not applied. */
  readonly path: string;
  /** What the `{name}` segments of the route's path matched, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: QueryParameters;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body after inflation, or as it was sent where the route says so; empty for GET. */
  readonly body: Uint8Array;
  /** From X-Scope-OrgID, checked; `default` when absent. */
  readonly tenant: string;
  /** Aborted when the client goes away or the server stops. */
  readonly signal: AbortSignal;
}

/** The read half of URLSearchParams, which is what a handler gets. */
export interface QueryParameters {
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string): boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as UTF-8; an iterable is streamed. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /**
   * Segments in braces match one segment: `/api/traces/{traceId}`. A last one with dots, `/api/{rest...}`, matches all that
   * follows, as it stands in the path, when no other route fits.
   */
  readonly path: string;
  readonly doc: string;
  /** On which listeners this route stands; all of them have /health. */
  readonly listeners: readonly Listener[];
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>;
  /** How an error that `handle` threw, or the server met before it, is shown in this protocol's own shape. */
  readonly renderError: (
    error: unknown,
    request: { readonly headers: Readonly<Record<string, string | undefined>> },
  ) => HttpResponse;
  /**
   * The content encodings that the body may have, for routes that do not take those of every server; a body that names none has
   * the first.
   */
  readonly contentEncodings?: readonly ContentEncoding[];
  /** The handler undoes the encoding of the body itself; the server only checks which it is. */
  readonly takesBodyAsSent?: boolean;
  /** Limit on the inflated body; the server's default when absent. */
  readonly bodyBytesMax?: number;
}

/** `snappy` is its block format. */
export type ContentEncoding = 'identity' | 'gzip' | 'x-gzip' | 'deflate' | 'zstd' | 'snappy';

/** `main` is the port of the UI and all APIs; `otlp` is OTLP/HTTP's own. */
export type Listener = 'main' | 'otlp';
