import winston from 'winston';
import scenes from './scenes.cjs';

scenes.winston[process.argv[2]](winston);
