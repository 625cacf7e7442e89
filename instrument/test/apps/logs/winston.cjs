const winston = require('winston');
const scenes = require('./scenes.cjs');

scenes.winston[process.argv[2]](winston);
