/** A log record as a line, an exception with its stack below. */
import type { LogMessage } from './message.ts';
import { attributeOf, attributesText, linesOf, margin, noId, oneLine, shortId, timeText, valueText } from './text.ts';
import type { Colors, Paint } from './text.ts';

/** Names by severity number (OTLP logs data model, "Displaying Severity"): four for each, from 1 on. */
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const levelLength = 5;

export function logLines(log: LogMessage, colors: Colors): string[] {
  const { timeUnixNano, traceId, body, attributes = [], eventName } = log;
  const { severityNumber = 0, severityText = levels[Math.floor((severityNumber - 1) / 4)] ?? '' } = log;
  const [first = '', ...more] = linesOf(valueText(body));
  const stack = attributeOf(attributes, 'exception.stacktrace');
  const stackLines = stack === undefined ? [] : linesOf(stack).filter((line) => line !== first);
  const parts = [
    colors.dim(`${timeText(timeUnixNano)} ${traceId === undefined ? noId : shortId(traceId)}`),
    paintOf(severityNumber, colors)(oneLine(severityText).padEnd(levelLength)),
    ...(eventName === undefined || eventName === 'exception' ? [] : [colors.cyan(oneLine(eventName))]),
    first,
    colors.dim(attributesText(attributes.filter(({ key }) => !key.startsWith('exception.')))),
  ];
  return [parts.filter((part) => part !== '').join('  '), ...[...more, ...stackLines].map((line) => margin + line)];
}

function paintOf(severity: number, { red, yellow, cyan, dim }: Colors): Paint {
  if (severity >= 17) return red;
  if (severity >= 13) return yellow;
  return severity >= 9 ? cyan : dim;
}
