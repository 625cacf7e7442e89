/** Bodies of /metrics in any format; exposition.ts says what comes of them. */
import { SondeError } from '../../base/errors.ts';
import { takeAtOnce } from '../../base/steps.ts';
import type { Steps } from '../../base/steps.ts';
import { formatOfContentType } from './content-type.ts';
import { decodeFamilies } from './decode-families.ts';
import { decodeOpenMetrics } from './decode-openmetrics.ts';
import { decodeText } from './decode-text.ts';
import type { ExpositionOptions, ExpositionSink } from './exposition.ts';

/**
 * Reads a body, inflated, in the format that its Content-Type names, and calls the sink in the order of the body. Throws
 * `unsupported_encoding` when the format is not known, `too_large` at a limit, and `malformed_body` with the place where the body
 * goes wrong; nothing is skipped.
 */
export function parseExposition(
  bytes: Uint8Array,
  contentType: string | undefined,
  options: ExpositionOptions,
  sink: ExpositionSink,
): void {
  takeAtOnce(parseInSteps(bytes, contentType, options, sink));
}

/** The same in steps of some kilobytes. */
export function parseInSteps(
  bytes: Uint8Array,
  contentType: string | undefined,
  options: ExpositionOptions,
  sink: ExpositionSink,
): Steps<void> {
  if (bytes.length > options.bodyBytesMax) {
    throw new SondeError('too_large', `Over the limit of ${options.bodyBytesMax} bytes per body: ${bytes.length} bytes.`);
  }
  const format = formatOfContentType(contentType, options.fallbackFormat);
  switch (format) {
    case 'PrometheusText0.0.4':
    case 'PrometheusText1.0.0':
      return decodeText(bytes, options, sink);
    case 'OpenMetricsText0.0.1':
    case 'OpenMetricsText1.0.0':
      return decodeOpenMetrics(bytes, options, sink);
    case 'PrometheusProto':
      return decodeFamilies(bytes, options, sink);
  }
}
