// A service that asks PostgreSQL and Redis, as an ES module: the libraries by their names, as most services import them.
import { createRequire } from 'node:module';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';

await createRequire(import.meta.url)('./databases.cjs').serve({ Pool, createClient, Redis });
