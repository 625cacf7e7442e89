/** The level of a log record, as an index into `levels` of model/logs.ts, from its severity number or its severity text. */
import type { Place } from '../../codec/protobuf.ts';
import { levels } from '../../model/logs.ts';
import type { Level } from '../../model/logs.ts';

/** Usual words for a level in lower case; the names of the severity numbers (`info2`) lose their digit first. */
const levelWords: Readonly<Record<Exclude<Level, 'unknown'>, string>> = {
  trace: 'trace verbose finest finer t v',
  debug: 'debug fine config d',
  info: 'info information informational notice i',
  warn: 'warn warning w',
  error: 'error err severe e',
  fatal: 'fatal critical crit alert emergency emerg panic dpanic f',
};

const levelByWord = new Map<string, number>();
for (const [index, level] of levels.entries()) {
  if (level !== 'unknown') for (const word of levelWords[level].split(' ')) levelByWord.set(word, index);
}
const wordBytesMax = 16;

/** The level of a severity number: four numbers each from 1 to 24; 0, unknown, for 0. */
export function levelOfNumber(severity: number): number {
  return (severity + 3) >> 2;
}

/** The level that a severity text names; 0, unknown, when it names none. */
export function levelOfText(view: DataView, text: Place): number {
  const size = text.end - text.start;
  if (size === 0 || size > wordBytesMax) return 0;
  let word = '';
  for (let at = text.start; at < text.end; at++) {
    const byte = view.getUint8(at);
    const isNumbered = at === text.end - 1 && byte >= 0x32 && byte <= 0x34;
    if (!isNumbered) word += String.fromCharCode(byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);
  }
  return levelByWord.get(word) ?? 0;
}
