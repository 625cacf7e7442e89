import { describe, expect, it } from 'vitest';
import { known } from '../../base/assert.ts';
import { errorCatalogue, SondeError } from '../../base/errors.ts';
import type { ErrorCode } from '../../base/errors.ts';
import type { ProtobufSchema } from '../../codec/protobuf-schema.ts';
import { decode } from '../../../test/otlp/wire.ts';
import { encodingOf, exportResponse, grpcErrorDetails, renderError, renderOutcome } from './responses.ts';
import { services } from './services.ts';

/** google.rpc.Status and its details, and the answers of OTLP, as their .proto files have them. */
const answers: ProtobufSchema = {
  messages: {
    Response: { partial_success: [1, 'PartialSuccess'] },
    PartialSuccess: { rejected: [1, 'int64'], error_message: [2, 'string'] },
    Status: { code: [1, 'int32'], message: [2, 'string'], details: [3, 'Any', 'repeated'] },
    Any: { type_url: [1, 'string'], value: [2, 'bytes'] },
    RetryInfo: { retry_delay: [1, 'Duration'] },
    Duration: { seconds: [1, 'int64'], nanos: [2, 'int32'] },
    BadRequest: { field_violations: [1, 'FieldViolation', 'repeated'] },
    FieldViolation: { field: [1, 'string'], description: [2, 'string'] },
  },
  enums: {},
};

function statusOf(bytes: Uint8Array): unknown {
  const status = decode(answers, 'Status', bytes);
  const details = (status['details'] ?? []) as readonly { type_url: string; value: Uint8Array }[];
  return {
    ...status,
    details: details.map(({ type_url: url, value }) => {
      const type = url.replace('type.googleapis.com/google.rpc.', '');
      return Object.assign({ type }, decode(answers, type, value));
    }),
  };
}

const traces = known(services[0], 'traces');
const protobuf = known(encodingOf('application/x-protobuf'), 'protobuf');
const json = known(encodingOf('application/json'), 'json');

describe('the content type', () => {
  it.each([
    ['application/x-protobuf', 'protobuf'],
    ['application/protobuf', 'protobuf'],
    ['application/json', 'json'],
    ['application/json; charset=utf-8', 'json'],
    ['Application/JSON;charset="UTF-8"', 'json'],
    [' application/x-protobuf ;messageType="x"', 'protobuf'],
  ])('%s is known', (contentType, name) => {
    expect(encodingOf(contentType)?.name).toBe(name);
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'application/jsonp',
    'application/x-ndjson',
    'json',
    'application/json, application/x-protobuf',
  ])('%s is not known', (contentType) => {
    expect(encodingOf(contentType)).toBeUndefined();
  });
});

describe('an outcome', () => {
  it('with nothing refused leaves partial_success unset', () => {
    const outcome = { accepted: 3, rejected: 0, reason: '' };
    expect(exportResponse(outcome)).toEqual(new Uint8Array(0));
    expect(renderOutcome(traces, outcome, json)).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(renderOutcome(traces, outcome, protobuf).body).toEqual(new Uint8Array(0));
  });

  it('with some refused says how many and why', () => {
    const outcome = { accepted: 1, rejected: 300, reason: 'too old' };
    const partial = { partial_success: { rejected: 300n, error_message: 'too old' } };
    expect(decode(answers, 'Response', exportResponse(outcome))).toEqual(partial);
    const bodies = services.map((service) => renderOutcome(service, outcome, json).body);
    expect(bodies).toEqual(
      ['rejectedSpans', 'rejectedLogRecords', 'rejectedDataPoints'].map((name) =>
        JSON.stringify({ partialSuccess: { [name]: '300', errorMessage: 'too old' } }),
      ),
    );
  });

  it('with a warning has a count of 0', () => {
    const outcome = { accepted: 1, rejected: 0, reason: 'a link was left out' };
    expect(decode(answers, 'Response', exportResponse(outcome))).toEqual({
      partial_success: { error_message: 'a link was left out' },
    });
    expect(renderOutcome(traces, outcome, json).body).toBe('{"partialSuccess":{"errorMessage":"a link was left out"}}');
  });

  it('is told in the media type of the request', () => {
    const outcome = { accepted: 0, rejected: 0, reason: '' };
    for (const mediaType of ['application/x-protobuf', 'application/protobuf', 'application/json']) {
      const encoding = known(encodingOf(`${mediaType}; charset=utf-8`), mediaType);
      expect(renderOutcome(traces, outcome, encoding).headers).toEqual({ 'content-type': mediaType });
    }
  });
});

describe('an error', () => {
  const overloaded = new SondeError('overloaded', 'Too much.', { retryAfterMs: 2500 });
  const malformed = new SondeError('malformed_body', 'Expected a text.', { position: 3 });

  it('is a google.rpc.Status in protobuf', () => {
    const answer = renderError(malformed, 'application/x-protobuf');
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/x-protobuf' } });
    expect(statusOf(answer.body as Uint8Array)).toEqual({
      code: 3,
      message: 'Expected a text.',
      details: [{ type: 'BadRequest', field_violations: [{ description: 'Expected a text.' }] }],
    });
  });

  it('is a google.rpc.Status in JSON', () => {
    const answer = renderError(malformed, 'application/json; charset=utf-8');
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body as string)).toEqual({
      code: 3,
      message: 'Expected a text.',
      details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ description: 'Expected a text.' }] }],
    });
  });

  it.each([undefined, 'text/plain', ''])('is JSON when the request was of %s', (contentType) => {
    const answer = renderError(new SondeError('unsupported_encoding', 'What?'), contentType);
    expect(answer).toEqual({
      status: 415,
      headers: { 'content-type': 'application/json' },
      body: '{"code":12,"message":"What?"}',
    });
  });

  it('that may be retried says when', () => {
    const answer = renderError(overloaded, 'application/x-protobuf');
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '3' } });
    expect(statusOf(answer.body as Uint8Array)).toEqual({
      code: 8,
      message: 'Too much.',
      details: [{ type: 'RetryInfo', retry_delay: { seconds: 2n, nanos: 500_000_000 } }],
    });
    expect(JSON.parse(renderError(overloaded, 'application/json').body as string)).toEqual({
      code: 8,
      message: 'Too much.',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2.500s' }],
    });
  });

  it.each([
    [undefined, '1', { seconds: 1n }],
    [0, '1', { nanos: 1_000_000 }],
    [0.2, '1', { nanos: 1_000_000 }],
    [200, '1', { nanos: 200_000_000 }],
    [60_000, '60', { seconds: 60n }],
  ])('that may be retried after %s ms', (retryAfterMs, seconds, delay) => {
    const error = new SondeError('unavailable', 'The disk is full.', retryAfterMs === undefined ? {} : { retryAfterMs });
    expect(renderError(error, undefined)).toMatchObject({ status: 503, headers: { 'retry-after': seconds } });
    expect(statusOf(grpcErrorDetails(error) ?? new Uint8Array(0))).toEqual({
      code: 14,
      message: 'The disk is full.',
      details: [{ type: 'RetryInfo', retry_delay: delay }],
    });
  });

  it('may be retried exactly when OTLP says so', () => {
    const retryableStatus = new Set([429, 502, 503, 504]);
    const retryableGrpc = new Set([1, 4, 10, 11, 14, 15]);
    const resourceExhausted = 8;
    // What only queries end with does not come up here.
    const codes = (Object.keys(errorCatalogue) as ErrorCode[]).filter((code) => !code.startsWith('query_'));
    for (const code of codes) {
      const error = new SondeError(code, 'x');
      const answer = renderError(error, 'application/json');
      expect([code, retryableStatus.has(answer.status)]).toEqual([code, error.retryable]);
      expect([code, answer.headers?.['retry-after'] !== undefined]).toEqual([code, error.retryable]);
      const hasRetryInfo = Buffer.from(grpcErrorDetails(error) ?? []).includes('google.rpc.RetryInfo');
      const mayRetry = retryableGrpc.has(error.grpcCode) || (error.grpcCode === resourceExhausted && hasRetryInfo);
      expect([code, mayRetry, hasRetryInfo]).toEqual([code, error.retryable, error.retryable]);
    }
  });

  it('that nobody foresaw keeps its secrets', () => {
    const answer = renderError(new Error('password=1234'), 'application/json');
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('1234');
    expect(grpcErrorDetails(new SondeError('internal', 'x'))).toBeUndefined();
  });

  it('is never long', () => {
    const error = new SondeError('malformed_body', 'x'.repeat(1_000_000));
    expect(grpcErrorDetails(error)?.length).toBeLessThan(5000);
    expect((renderError(error, undefined).body as string).length).toBeLessThan(5000);
  });
});
