/** The list of write protocols. */
import { otlp } from './otlp/otlp.ts';
import type { WriteProtocol } from './protocol.ts';

export const protocols: readonly WriteProtocol[] = [otlp];
