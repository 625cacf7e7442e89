// A service that asks a database, as an ES module. Arguments: the database, and where it is.
import { createRequire } from 'node:module';

const [name, url] = process.argv.slice(2);
const { scenarios } = createRequire(import.meta.url)('./scenarios.cjs');
const { serve } = createRequire(import.meta.url)('./service.cjs');
const { packages, ...scenario } = scenarios[name];
const libraries = [];
for (const each of packages) libraries.push(await import(each));
await serve(scenario, libraries, url);
