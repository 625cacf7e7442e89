const bunyan = require('bunyan');
const scenes = require('./scenes.cjs');

scenes.bunyan[process.argv[2]](bunyan);
