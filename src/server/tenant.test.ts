import { expect, test } from 'vitest';
import { tenantOf } from './tenant.ts';

test('no header is the default tenant', () => {
  expect(tenantOf(undefined)).toBe('default');
  expect(tenantOf('')).toBe('default');
});

test.each(['a', 'team-1', "A!b_c.d*e'f(g)", 'x'.repeat(150)])('%s is a tenant', (id) => {
  expect(tenantOf(id)).toBe(id);
});

test.each(['.', '..', 'a b', 'a/b', 'a|b', 'a\\b', 'ä', "a'; DROP", 'x'.repeat(151)])('%s is none', (id) => {
  expect(() => tenantOf(id)).toThrow('X-Scope-OrgID is 1 to 150 characters');
});
