// @ts-check
/**
 * THE FAULT. Of one POST in ten the server loses the name on the way to the database, mostly when version 2.0.0 of the app
 * has sent it. It can be switched while the server runs: POST /fault {"on":false}.
 */
import { createRandom } from './random.js';

/** How often the name is lost. Both versions send about as much, so that makes one in ten, 85 % of them from 2.0.0. */
const lossByVersion = new Map([
  ['1.9.2', 0.03],
  ['2.0.0', 0.17],
]);

/**
 * @param {boolean} on
 * @param {number} seed
 */
export function createFault(on, seed) {
  const random = createRandom(seed);
  return {
    on,
    /**
     * The name as the server goes on with it.
     * @param {string} name
     * @param {string} appVersion
     */
    apply(name, appVersion) {
      const isLost = random() < (lossByVersion.get(appVersion) ?? 0);
      return this.on && isLost ? null : name;
    },
  };
}
