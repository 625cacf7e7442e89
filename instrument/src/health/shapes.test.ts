import { expect, test } from 'vitest';
import type { CheckState } from './check-state.ts';
import { toBody } from './shapes.ts';
import type { Shape } from './shapes.ts';
import { isUp, worst } from './status.ts';
import type { Status } from './status.ts';

const timeMs = Date.UTC(2026, 7, 1, 12, 30, 0, 250);
const time = '2026-08-01T12:30:00.250Z';

function check(name: string, status: Status, more: Partial<CheckState> = {}): CheckState {
  return {
    name,
    status,
    isCritical: true,
    output: undefined,
    value: undefined,
    unit: undefined,
    details: {},
    type: 'component',
    measurement: undefined,
    timeMs,
    durationMs: 1.23456,
    ...more,
  };
}

const checks = [
  check('lifecycle', 'out-of-service', { value: 'draining', output: 'the service is ending' }),
  check('db', 'fail', { type: 'datastore', output: 'connect ECONNREFUSED', durationMs: 3 }),
  check('memory', 'warn', {
    type: 'system',
    isCritical: false,
    measurement: 'utilization',
    value: 0.95,
    unit: '1',
    output: 'nearly full',
    details: { heapUsedBytes: 12 },
  }),
  check('disk', 'fail', { type: 'system', measurement: 'free', output: 'no such folder' }),
  check('queue', 'pass', { value: 4 }),
  check('plain', 'pass'),
];

const told = {
  about: { version: '2', releaseId: '2.1', serviceId: 'shop', description: 'sells', notes: ['a'], links: { about: 'http://x' } },
  groups: ['live', 'ready'],
};

test('health+json has all fields of the draft', () => {
  expect(toBody('health+json', { status: 'fail', checks }, told)).toEqual({
    status: 'fail',
    ...told.about,
    checks: {
      lifecycle: [
        { componentType: 'component', observedValue: 'draining', status: 'fail', time, output: 'the service is ending' },
      ],
      'db:responseTime': [
        {
          componentType: 'datastore',
          observedValue: 3,
          observedUnit: 'ms',
          status: 'fail',
          time,
          output: 'connect ECONNREFUSED',
        },
      ],
      'memory:utilization': [
        {
          componentType: 'system',
          observedValue: 0.95,
          observedUnit: '1',
          status: 'warn',
          time,
          output: 'nearly full',
          details: { heapUsedBytes: 12 },
        },
      ],
      'disk:free': [{ componentType: 'system', status: 'fail', time, output: 'no such folder' }],
      queue: [{ componentType: 'component', observedValue: 4, status: 'pass', time }],
      'plain:responseTime': [{ componentType: 'component', observedValue: 1.235, observedUnit: 'ms', status: 'pass', time }],
    },
  });
  expect(toBody('health+json', { status: 'pass', checks: [] }, { about: {}, groups: undefined })).toEqual({ status: 'pass' });
});

test('microprofile has up and down, and what is known as data', () => {
  expect(toBody('microprofile', { status: 'fail', checks }, told)).toEqual({
    status: 'DOWN',
    checks: [
      { name: 'lifecycle', status: 'DOWN', data: { value: 'draining', error: 'the service is ending' } },
      { name: 'db', status: 'DOWN', data: { error: 'connect ECONNREFUSED' } },
      { name: 'memory', status: 'UP', data: { heapUsedBytes: 12, value: 0.95, unit: '1', warning: 'nearly full' } },
      { name: 'disk', status: 'DOWN', data: { error: 'no such folder' } },
      { name: 'queue', status: 'UP', data: { value: 4 } },
      { name: 'plain', status: 'UP' },
    ],
  });
  expect(toBody('microprofile', { status: 'warn', checks: [] }, told)).toEqual({ status: 'UP', checks: [] });
});

test('spring has components, and groups where all is asked for', () => {
  expect(toBody('spring', { status: 'fail', checks }, told)).toEqual({
    status: 'DOWN',
    components: {
      lifecycle: { status: 'OUT_OF_SERVICE', details: { value: 'draining', error: 'the service is ending' } },
      db: { status: 'DOWN', details: { error: 'connect ECONNREFUSED' } },
      memory: { status: 'UP', details: { heapUsedBytes: 12, value: 0.95, unit: '1', warning: 'nearly full' } },
      disk: { status: 'DOWN', details: { error: 'no such folder' } },
      queue: { status: 'UP', details: { value: 4 } },
      plain: { status: 'UP' },
    },
    groups: ['live', 'ready'],
  });
  expect(toBody('spring', { status: 'out-of-service', checks: [] }, { about: {}, groups: undefined })).toEqual({
    status: 'OUT_OF_SERVICE',
  });
});

const alone: readonly [Shape, Status, object][] = [
  ['health+json', 'pass', { status: 'pass' }],
  ['health+json', 'warn', { status: 'warn' }],
  ['health+json', 'out-of-service', { status: 'fail' }],
  ['health+json', 'fail', { status: 'fail' }],
  ['microprofile', 'warn', { status: 'UP', checks: [] }],
  ['microprofile', 'out-of-service', { status: 'DOWN', checks: [] }],
  ['spring', 'warn', { status: 'UP' }],
  ['spring', 'out-of-service', { status: 'OUT_OF_SERVICE' }],
  ['spring', 'fail', { status: 'DOWN' }],
];
test.each(alone)('%s of %s is no more than the status to who may not know more', (shape, status, body) => {
  expect(toBody(shape, { status, checks }, undefined)).toEqual(body);
});

test('the worst comes first', () => {
  expect(worst([])).toBe('pass');
  expect(worst(['pass', 'warn', 'pass'])).toBe('warn');
  expect(worst(['out-of-service', 'warn'])).toBe('out-of-service');
  expect(worst(['out-of-service', 'fail', 'pass'])).toBe('fail');
  expect((['pass', 'warn', 'out-of-service', 'fail'] as const).map(isUp)).toEqual([true, true, false, false]);
});
