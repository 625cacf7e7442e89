import bunyan from 'bunyan';
import scenes from './scenes.cjs';

scenes.bunyan[process.argv[2]](bunyan);
