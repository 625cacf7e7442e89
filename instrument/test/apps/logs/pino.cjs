const pino = require('pino');
const scenes = require('./scenes.cjs');

scenes.pino[process.argv[2]](pino);
