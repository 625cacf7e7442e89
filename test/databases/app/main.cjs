// The same in CommonJS.
const { scenarios } = require('./scenarios.cjs');
const { serve } = require('./service.cjs');

const [name, url] = process.argv.slice(2);
const { packages, ...scenario } = scenarios[name];
void serve(
  scenario,
  packages.map((each) => require(each)),
  url,
);
