import { expect, test } from 'vitest';
import { answeredAs } from './accept.ts';

const v2 = 'application/vnd.spring-boot.actuator.v2+json';
const v3 = 'application/vnd.spring-boot.actuator.v3+json';

test.each([
  [undefined, 'application/health+json'],
  ['', 'application/health+json'],
  ['*/*', 'application/health+json'],
  ['application/*', 'application/health+json'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'application/health+json'],
  ['image/png', 'application/health+json'],
  ['application/json', 'application/json'],
  ['APPLICATION/JSON; charset=utf-8', 'application/json'],
  ['application/json, text/plain, */*', 'application/json'],
  [v3, v3],
  [v2, v2],
  [`${v3}, ${v2};q=0.9`, v3],
  ['application/json;q=0.5, application/health+json', 'application/health+json'],
  ['application/health+json;q=0.5,application/json;q=0.7', 'application/json'],
  ['application/json;q=0', 'application/health+json'],
  ['application/json;q=2', 'application/health+json'],
  ['application/json;q=nothing, */*;q=0.1', 'application/health+json'],
  [',;,=', 'application/health+json'],
])('%s is answered in %s', (accept, mediaType) => expect(answeredAs(accept, 'health+json').mediaType).toBe(mediaType));

test('who takes anything gets the shape that the service has chosen', () => {
  expect(answeredAs('*/*', 'spring')).toEqual({ shape: 'spring', mediaType: v3 });
  expect(answeredAs(undefined, 'microprofile')).toEqual({ shape: 'microprofile', mediaType: 'application/json' });
  expect(answeredAs('application/health+json', 'microprofile').shape).toBe('health+json');
});
