/** The list of commands. */
import type { Command } from './command.ts';
import { demo } from './demo.ts';
import { importFiles } from './import.ts';
import { query } from './query.ts';
import { serve } from './serve.ts';

export const commands: readonly Command[] = [serve, demo, query, importFiles];
