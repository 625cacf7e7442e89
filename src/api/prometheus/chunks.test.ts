import { expect, test } from 'vitest';
import { renderChunks } from './chunks.ts';

async function textOf(body: ReturnType<typeof renderChunks>['body']): Promise<{ text: string; sizes: number[] }> {
  if (typeof body === 'string') return { text: body, sizes: [body.length] };
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString('utf8'), sizes: chunks.map(({ length }) => length) };
}

function* numbers(count: number): Generator<string> {
  yield '[';
  for (let i = 0; i < count; i++) yield `${i === 0 ? '' : ','}"é${i}"`;
  yield ']';
}

const notes = { warnings: ['w'], infos: ['i'] };
const answer = (count: number): unknown => ({
  status: 'success',
  data: Array.from({ length: count }, (_, i) => `é${i}`),
  ...notes,
});

test.each([0, 1000])('a small answer is one text: %d items', (count) => {
  const { body } = renderChunks(numbers(count), notes);
  expect(JSON.parse(body as string)).toEqual(answer(count));
});

test('a large one comes in pieces, the same JSON', async () => {
  const { text, sizes } = await textOf(renderChunks(numbers(300_000), notes).body);
  expect(JSON.parse(text)).toEqual(answer(300_000));
  expect(sizes.length).toBeGreaterThan(10);
  for (const size of sizes) expect(size).toBeLessThan(200_000);
});

test('a large one leaves time for others', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const { text } = await textOf(renderChunks(numbers(1_000_000)).body);
  clearInterval(timer);
  expect(text.length).toBeGreaterThan(8_000_000);
  expect(turns).toBeGreaterThan(3);
});
