/** `node --import @sonde/instrument app.js`: starts the kit with what the environment says. */
import './tick-shape.ts';
import { start } from './start.ts';

start();
