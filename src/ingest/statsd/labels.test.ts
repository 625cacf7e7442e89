import { describe, expect, test } from 'vitest';
import { labelsOf } from './labels.ts';

describe('the labels of a line', () => {
  const check = (head: string, tags: string, expected: readonly string[] | string, isCounter = false): void =>
    expect(labelsOf(head, tags, isCounter)).toEqual(typeof expected === 'string' ? expected : ['__name__', ...expected]);

  test('are its name', () => check('a', '', ['a']));
  test('have a name that Prometheus takes', () => check('api.requests-per second', '', ['api_requests_per_second']));
  test('have no digit in front', () => check('5xx', '', ['_5xx']));
  test('have a name with an ending for counters', () => check('a.b', '', ['a_b_total'], true));
  test('have that ending once', () => check('a.total', '', ['a_total'], true));
  test('keep a total that is not the ending', () => check('total.a', '', ['total_a_total'], true));
  test('are the tags of Datadog', () => check('a', 'x:1,y:2', ['a', 'x', '1', 'y', '2']));
  test('are sorted', () => check('a', 'y:2,x:1', ['a', 'x', '1', 'y', '2']));
  test('are true for a tag that is a word', () => check('a', 'canary', ['a', 'canary', 'true']));
  test('keep colons in values', () => check('a', 'url:http://b:80/', ['a', 'url', 'http://b:80/']));
  test('are the tags of InfluxDB', () => check('a,x=1,y=b=c', '', ['a', 'x', '1', 'y', 'b=c']));
  test('are the tags of Graphite', () => check('a;x=1;y=2', '', ['a', 'x', '1', 'y', '2']));
  test('are the tags of both places', () => check('a,x=1', 'y:2', ['a', 'x', '1', 'y', '2']));
  test('have names that Prometheus takes', () => check('a', 'k8s.pod:p,1st:x', ['a', 'k8s_pod', 'p', 'key_1st', 'x']));
  test('are joined when they come to one name', () => check('a', 'x.y:1,x-y:2', ['a', 'x_y', '2;1']));
  test('leave out what is empty between commas', () => check('a', ',x:1,,', ['a', 'x', '1']));
  test('need a name', () => check(',x=1', '', 'form'));
  test('need names of tags', () => check('a', ':1', 'tags'));
  test('need a character in the name of a tag', () => check('a', '*:1', 'tags'));
  test('may not replace the name', () => check('a', '__name__:b', 'tags'));
});
