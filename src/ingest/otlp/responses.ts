/**
 * What OTLP answers, in both encodings (OTLP 1.11, "OTLP/gRPC Response", "OTLP/HTTP Response"): Export…ServiceResponse, and for
 * errors google.rpc.Status, with BadRequest for data that is wrong and RetryInfo for what may be sent again.
 */
import { toSondeError } from '../../base/errors.ts';
import type { SondeError } from '../../base/errors.ts';
import type { HttpResponse } from '../../base/http.ts';
import { blockField, integerField, joined, textField } from '../../codec/protobuf-write.ts';
import type { Outcome } from '../../engine/commit.ts';
import type { OtlpService } from './services.ts';

/** How a body is encoded, and the media type that said so: the answer repeats it. */
export interface Encoding {
  readonly name: 'protobuf' | 'json';
  readonly mediaType: string;
}

const encodings: readonly Encoding[] = [
  { name: 'protobuf', mediaType: 'application/x-protobuf' },
  { name: 'protobuf', mediaType: 'application/protobuf' },
  { name: 'json', mediaType: 'application/json' },
];
const jsonEncoding: Encoding = { name: 'json', mediaType: 'application/json' };

/** gRPC sends a message twice in headers, which clients limit to 8 KiB. */
const messageCharactersMax = 2000;
/** Where an error gives no delay. */
const retryAfterMs = 1000;
const typePrefix = 'type.googleapis.com/google.rpc.';

/** The encoding that a Content-Type header names, its parameters aside; undefined when it is none of OTLP's. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return encodings.find((encoding) => encoding.mediaType === mediaType);
}

/** Export…ServiceResponse on the wire: empty when all was taken and there is nothing to say. */
export function exportResponse(outcome: Outcome): Uint8Array {
  if (isFull(outcome)) return new Uint8Array(0);
  const count = outcome.rejected === 0 ? [] : [integerField(1, outcome.rejected)];
  return blockField(1, ...count, textField(2, clipped(outcome.reason)));
}

/** Export…ServiceResponse as an answer over HTTP. */
export function renderOutcome(service: OtlpService, outcome: Outcome, { name, mediaType }: Encoding): HttpResponse {
  const body = name === 'json' ? JSON.stringify(responseJson(service, outcome)) : exportResponse(outcome);
  return { status: 200, headers: { 'content-type': mediaType }, body };
}

function responseJson(service: OtlpService, outcome: Outcome): object {
  if (isFull(outcome)) return {};
  const count = outcome.rejected === 0 ? {} : { [service.rejectedName]: String(outcome.rejected) };
  return { partialSuccess: { ...count, errorMessage: clipped(outcome.reason) } };
}

/** Nothing refused, and no warning. */
function isFull(outcome: Outcome): boolean {
  return outcome.rejected === 0 && outcome.reason === '';
}

/** An error as google.rpc.Status over HTTP, in the encoding of the request; JSON when that is not known. */
export function renderError(thrown: unknown, contentType: string | undefined): HttpResponse {
  const error = toSondeError(thrown);
  const { name, mediaType } = encodingOf(contentType) ?? jsonEncoding;
  const headers: Record<string, string> = { 'content-type': mediaType };
  if (error.retryable) headers['retry-after'] = String(Math.max(1, Math.ceil(delayMs(error) / 1000)));
  return { status: error.status, headers, body: name === 'json' ? JSON.stringify(statusJson(error)) : statusBytes(error) };
}

/**
 * google.rpc.Status for the header `grpc-status-details-bin`: RetryInfo, without which clients do not repeat what ended with
 * RESOURCE_EXHAUSTED, or BadRequest. Undefined when there is nothing beyond code and message.
 */
export function grpcErrorDetails(error: SondeError): Uint8Array | undefined {
  return error.retryable || isBadData(error) ? statusBytes(error) : undefined;
}

function statusBytes(error: SondeError): Uint8Array {
  const fields = [integerField(1, error.grpcCode), textField(2, clipped(error.message))];
  if (error.retryable) fields.push(detail('RetryInfo', blockField(1, ...durationFields(delayMs(error)))));
  else if (isBadData(error)) fields.push(detail('BadRequest', blockField(1, textField(2, clipped(error.message)))));
  return joined(fields);
}

/** Status.details: a google.protobuf.Any. */
function detail(type: string, message: Uint8Array): Uint8Array {
  return blockField(3, textField(1, typePrefix + type), blockField(2, message));
}

/** google.protobuf.Duration. */
function durationFields(ms: number): Uint8Array[] {
  const fields: Uint8Array[] = [];
  if (ms >= 1000) fields.push(integerField(1, Math.floor(ms / 1000)));
  if (ms % 1000 !== 0) fields.push(integerField(2, (ms % 1000) * 1_000_000));
  return fields;
}

function statusJson(error: SondeError): object {
  const status = { code: error.grpcCode, message: clipped(error.message) };
  if (error.retryable) {
    const retryDelay = `${(delayMs(error) / 1000).toFixed(3)}s`;
    return { ...status, details: [{ '@type': `${typePrefix}RetryInfo`, retryDelay }] };
  }
  if (!isBadData(error)) return status;
  return { ...status, details: [{ '@type': `${typePrefix}BadRequest`, fieldViolations: [{ description: status.message }] }] };
}

function isBadData(error: SondeError): boolean {
  return error.code === 'malformed_body' || error.code === 'bad_request';
}

/** How long to wait, in whole milliseconds, at least one. */
function delayMs(error: SondeError): number {
  return Math.max(1, Math.ceil(error.retryAfterMs ?? retryAfterMs));
}

function clipped(message: string): string {
  return message.length <= messageCharactersMax ? message : `${message.slice(0, messageCharactersMax)}…`;
}
