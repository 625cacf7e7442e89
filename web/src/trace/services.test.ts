import { expect, test } from 'vitest';
import { sketchSpan } from './sample-spans.ts';
import { servicesOf } from './services.ts';
import { layOut } from './span-tree.ts';

test('services come in order of appearance, with their spans and errors', () => {
  const tree = layOut([
    sketchSpan({ id: 'r', from: 0, to: 9, service: 'requester' }),
    sketchSpan({ id: 's', under: 'r', from: 1, to: 8, service: 'server', failed: true }),
    sketchSpan({ id: 't', under: 's', from: 2, to: 7, service: 'server' }),
  ]);
  expect([...servicesOf(tree).values()]).toEqual([
    { name: 'requester', index: 0, spans: 1, errors: 0 },
    { name: 'server', index: 1, spans: 2, errors: 1 },
  ]);
});
