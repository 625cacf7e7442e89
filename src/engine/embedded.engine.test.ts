/** The embedded driver: the contract of all drivers, and what a data directory of its own brings. */
import { engineContract } from '../../test/engine/engine.contract.ts';
import { embeddedStore } from '../../test/engine/store.ts';

engineContract('embedded', embeddedStore);
