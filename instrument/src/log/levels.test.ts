import { describe, expect, test } from 'vitest';
import { LogLevels, levelOf, parseLevels, watchLevelSignal } from './levels.ts';

function levelsOf(text: string): LogLevels {
  const problems: string[] = [];
  const levels = new LogLevels(parseLevels(text === '' ? [] : text.split(','), problems));
  expect(problems).toEqual([]);
  return levels;
}

describe('the level of a logger', () => {
  test.each([
    ['', 'db', 0],
    ['info', 'db', 9],
    ['info', '', 9],
    ['info,db=debug', 'db', 5],
    ['info,db=debug', 'db.pool', 5],
    ['info,db=debug', 'dbx', 9],
    ['info,db=debug', 'x.db', 9],
    ['db=debug,info', 'other', 9],
    ['info,db=debug,db.pool=warn', 'db.pool', 13],
    ['info,db=debug,db.pool=warn', 'db.pool.one', 13],
    ['info,db=debug,db.pool=warn', 'db.query', 5],
    ['info,app:db=error', 'app:db:pool', 17],
    ['info,@sonde/instrument=warn', '@sonde/instrument/grpc', 13],
    ['off,db=error', 'db', 17],
    ['off', 'db', Infinity],
    [' Info , db = WARNING ', 'db', 13],
    ['a=b=error', 'a=b', 17],
    ['none', 'x', Infinity],
    // An audit trail has no gaps.
    ['off', '@sonde/instrument/audit', 0],
    ['@sonde/instrument=off', '@sonde/instrument/audit', 0],
  ])('by %j, of %j, is %d', (text, name, expected) => expect(levelsOf(text).gate(name).severityMin).toBe(expected));

  test.each([['loud'], ['db=loud'], ['=info'], ['db='], ['constructor']])('cannot be %j', (item) => {
    const problems: string[] = [];
    expect(parseLevels([item], problems)).toEqual({ all: undefined, byName: new Map() });
    expect(problems).toEqual([
      `SONDE_LOG_LEVEL should be a level (trace, debug, info, warn, error, fatal, off) or name=level, but is "${item}"`,
    ]);
  });

  test('changes at run time, for gates that are in use', () => {
    const levels = levelsOf('info,db=debug');
    const [all, db, pool] = ['checkout', 'db', 'db.pool'].map((name) => levels.gate(name));
    const now = (): (number | undefined)[] => [all, db, pool].map((gate) => gate?.severityMin);
    expect([now(), levels.lowest]).toEqual([[9, 5, 5], 5]);
    levels.set('error');
    expect([now(), levels.lowest]).toEqual([[17, 5, 5], 5]);
    levels.set('warn', 'db');
    expect([now(), levels.lowest]).toEqual([[17, 13, 13], 13]);
    levels.set('trace', 'db.pool');
    expect([now(), levels.lowest]).toEqual([[17, 13, 1], 1]);
    levels.set(undefined, 'db');
    expect(now()).toEqual([17, 17, 1]);
    levels.set(undefined);
    levels.set(undefined, 'db.pool');
    expect([now(), levels.lowest, levels.current()]).toEqual([[0, 0, 0], 0, { all: 'trace', byName: {} }]);
    expect(levels.gate('db')).toBe(db);
  });

  test('is debug while somebody debugs, and then what it was or became', () => {
    const levels = levelsOf('warn,db=trace,noise=off');
    const now = (): number[] => ['x', 'db', 'noise'].map((name) => levels.gate(name).severityMin);
    expect(levels.toggleDebug()).toBe(true);
    expect([now(), levels.lowest]).toEqual([[5, 1, Infinity], 1]);
    expect(levels.current()).toEqual({ all: 'debug', byName: { db: 'trace', noise: 'off' } });
    levels.set('error');
    expect(now()).toEqual([5, 1, Infinity]);
    expect(levels.toggleDebug()).toBe(false);
    expect(now()).toEqual([17, 1, Infinity]);
  });

  test('goes to debug and back by a signal, until that is no longer watched', () => {
    const levels = levelsOf('warn');
    const told: string[] = [];
    const stop = watchLevelSignal('SIGUSR2', levels, (message) => told.push(message));
    process.emit('SIGUSR2');
    expect(levels.gate('x').severityMin).toBe(5);
    process.emit('SIGUSR2');
    expect(levels.gate('x').severityMin).toBe(13);
    expect(told).toEqual(['debug is logged now', 'the levels of logs are as before']);
    stop();
    expect(process.listenerCount('SIGUSR2')).toBe(0);
  });
});

test.each([
  ['debug', 'debug'],
  [' WARN ', 'warn'],
  ['warning', 'warn'],
  ['silent', 'off'],
  ['', undefined],
  ['toString', undefined],
  [5, undefined],
  [undefined, undefined],
])('%j is the level %s', (text, expected) => expect(levelOf(text)).toBe(expected));
