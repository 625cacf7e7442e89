import pino from 'pino';
import scenes from './scenes.cjs';

scenes.pino[process.argv[2]](pino);
