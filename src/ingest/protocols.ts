/** The list of write protocols. */
import type { WriteProtocol } from './protocol.ts';

export const protocols: readonly WriteProtocol[] = [];
