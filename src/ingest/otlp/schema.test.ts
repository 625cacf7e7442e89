import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protobufFromJson } from '../../codec/protobuf-json.ts';
import { jsonText, plainForm } from '../../../test/otlp/json-text.ts';
import type { JsonForm } from '../../../test/otlp/json-text.ts';
import { randomRequests } from '../../../test/otlp/messages.ts';
import { decode, encode } from '../../../test/otlp/wire.ts';
import { otlpSchema, requestTypes } from './schema.ts';

const forms = fc.record({
  longs: fc.constantFrom('quoted', 'bare'),
  names: fc.constantFrom('camel', 'original'),
  hex: fc.constantFrom('lower', 'upper'),
  base64: fc.constantFrom('base64', 'base64url'),
  enums: fc.constantFrom('number', 'name'),
  space: fc.constantFrom('', ' ', '\n\t', '\r\n  '),
} satisfies Record<keyof JsonForm, unknown>);

describe.each(['traces', 'logs', 'metrics'] as const)('any request of %s', (signal) => {
  const type = requestTypes[signal];

  it('is the same message in JSON, whatever its form', () => {
    fc.assert(
      fc.property(randomRequests[signal], forms, (message, form) => {
        const json = Buffer.from(jsonText(otlpSchema, type.name, message, form));
        const fromJson = decode(otlpSchema, type.name, protobufFromJson(type, json));
        expect(fromJson).toEqual(decode(otlpSchema, type.name, encode(otlpSchema, type.name, message)));
      }),
      { numRuns: 200 },
    );
  });

  it('is refused when it is cut', () => {
    const sizes = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 20 });
    fc.assert(
      fc.property(randomRequests[signal], sizes, (message, places) => {
        const json = Buffer.from(jsonText(otlpSchema, type.name, message, plainForm));
        for (const place of places) {
          expect(() => protobufFromJson(type, json.subarray(0, Math.floor(place * json.length)))).toThrow(/^Expected /);
        }
      }),
      { numRuns: 50 },
    );
  });
});
