/** What every driver of the engine must do: engine.ts, word for word. Run over each driver by its own test file. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { answersContract } from './contract/answers.ts';
import { insertContract } from './contract/insert.ts';
import { limitsContract } from './contract/limits.ts';
import { schemaContract } from './contract/schema.ts';
import { scopeContract } from './contract/scope.ts';
import type { Store } from './store.ts';

/** `missing` says what a driver lacks to be tested here. */
export function engineContract(name: string, makeStore: () => Store | Promise<Store>, missing?: string): void {
  describe.skipIf(missing !== undefined)(`${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
    let store: Store;
    let engine: Engine;
    beforeAll(async () => {
      store = await makeStore();
      engine = await store.open();
    });
    afterAll(async () => {
      await engine.close();
      await store.remove();
    });

    const subject = (): Engine => engine;
    insertContract(subject);
    answersContract(subject);
    scopeContract(subject);
    limitsContract(subject);
    schemaContract(subject);
  });
}
