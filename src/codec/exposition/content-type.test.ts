import { describe, expect, test } from 'vitest';
import { acceptOf, formatOfContentType, negotiateText, preferredFormats } from './content-type.ts';
import type { ExpositionFormat } from './exposition.ts';

describe('the format of a Content-Type', () => {
  const check = (contentType: string | undefined, expected: ExpositionFormat, fallback?: ExpositionFormat): void =>
    test(`${contentType} is ${expected}`, () => expect(formatOfContentType(contentType, fallback)).toBe(expected));

  check('text/plain', 'PrometheusText0.0.4');
  check('text/plain; version=0.0.4; charset=utf-8', 'PrometheusText0.0.4');
  check('Text/Plain;charset=utf-8', 'PrometheusText0.0.4');
  check('text/plain; version=1.0.0; escaping=allow-utf-8', 'PrometheusText1.0.0');
  check('application/openmetrics-text; version=1.0.0; charset=utf-8', 'OpenMetricsText1.0.0');
  check('application/openmetrics-text; version="0.0.1"', 'OpenMetricsText0.0.1');
  check('application/openmetrics-text', 'OpenMetricsText1.0.0');
  check('application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited', 'PrometheusProto');
  check('text/html', 'OpenMetricsText1.0.0', 'OpenMetricsText1.0.0');
  check(undefined, 'PrometheusText0.0.4', 'PrometheusText0.0.4');
  check('', 'PrometheusProto', 'PrometheusProto');

  test('that is not known is refused when there is no fallback', () => {
    expect(() => formatOfContentType('text/html')).toThrow('found "text/html".');
    expect(() => formatOfContentType(undefined)).toThrow('found none.');
  });
});

describe('the Accept header of a scrape', () => {
  test('names formats by preference, the way to escape names, and anything else last', () => {
    expect(acceptOf(preferredFormats, 'allow-utf-8')).toBe(
      [
        'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6',
        'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5',
        'application/openmetrics-text;version=0.0.1;q=0.4',
        'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3',
        'text/plain;version=0.0.4;q=0.2',
        '*/*;q=0.1',
      ].join(','),
    );
    expect(acceptOf(['PrometheusText0.0.4'], 'underscores')).toBe('text/plain;version=0.0.4;q=0.6,*/*;q=0.5');
  });
});

describe('the answer to an Accept header', () => {
  const check = (accept: string | undefined, expected: string): void =>
    test(`${accept} is ${expected}`, () => expect(negotiateText(accept).contentType).toBe(expected));
  const text = 'text/plain; version=0.0.4; charset=utf-8';

  check(undefined, text);
  check('', text);
  check('*/*', text);
  check('text/html, */*;q=0.1', text);
  check('application/json', text);
  check(
    'text/plain;q=0.5, application/openmetrics-text;version=0.0.1',
    'application/openmetrics-text; version=0.0.1; charset=utf-8',
  );
  check(
    acceptOf(preferredFormats, 'allow-utf-8'),
    'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
  );
  check('text/plain;version=1.0.0;escaping=dots', 'text/plain; version=1.0.0; charset=utf-8; escaping=dots');
  check('text/plain;version=1.0.0;escaping=x', 'text/plain; version=1.0.0; charset=utf-8; escaping=underscores');
  check('application/openmetrics-text;version=1.0.0;q=0, text/plain', text);
  check('application/openmetrics-text;version=9.0.0, text/plain;version=0.0.4;q=0.1', text);
  check('application/openmetrics-text;version=1.0.0;q=x, text/plain;q=0.1', text);
});
