import { expect, test } from 'vitest';
import { Place } from '../../codec/protobuf.ts';
import { levels } from '../../model/logs.ts';
import { levelOfNumber, levelOfText } from './levels.ts';

function levelOf(text: string): string | undefined {
  const bytes = Buffer.from(`#${text}#`);
  const place = new Place();
  place.start = 1;
  place.end = bytes.length - 1;
  return levels[levelOfText(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), place)];
}

test('four severity numbers make a level', () => {
  expect(Array.from({ length: 25 }, (_, number) => levels[levelOfNumber(number)])).toEqual([
    'unknown',
    ...levels.slice(1).flatMap((level) => [level, level, level, level]),
  ]);
});

test.each([
  ['trace', ['TRACE', 'Trace2', 'trace4', 'VERBOSE', 'V']],
  ['debug', ['DEBUG', 'debug3', 'D']],
  ['info', ['INFO', 'Information', 'informational', 'notice', 'I', 'info4']],
  ['warn', ['WARN', 'warning', 'W']],
  ['error', ['ERROR', 'err', 'severe', 'E', 'Error2']],
  ['fatal', ['FATAL', 'critical', 'CRIT', 'alert', 'emerg', 'panic', 'F']],
  ['unknown', ['', 'loud', 'error!', 'info5', 'error22', 'trace1', 'INFO ', 'informationalinformational', 'ınfo', '竜']],
])('%s is meant by the usual words', (level, words) => {
  expect(words.map((word) => [word, levelOf(word)])).toEqual(words.map((word) => [word, level]));
});
