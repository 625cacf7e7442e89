// What spans and metrics have to say of what app/scenarios.cjs asks, field by field.

const sql = (operation, collection, text, more = {}) => {
  const summary = more.summary ?? [operation, collection].filter(Boolean).join(' ');
  const { summary: _, error, ...others } = more;
  return {
    name: summary,
    'db.operation.name': operation,
    ...(collection && { 'db.collection.name': collection }),
    'db.query.summary': summary,
    'db.query.text': text,
    ...failure(error),
    ...others,
  };
};

const command = (operation, text, error) => ({
  name: operation,
  'db.operation.name': operation,
  'db.query.text': text,
  ...failure(error),
});

const mongo = (operation, collection, text, error) => ({
  name: [operation, collection].filter(Boolean).join(' '),
  'db.operation.name': operation,
  ...(collection && { 'db.collection.name': collection }),
  'db.query.text': text,
  ...failure(error),
});

const failure = (code) => (code === undefined ? {} : { 'error.type': code, 'db.response.status_code': code });

/** Answers of MongoDB's driver may have more fields from one version to the next: of these, the beginning counts. */
const find = (filter) => new RegExp(`^\\{"find":"\\?","filter":${filter.replaceAll(/[{}[\]?$"]/g, '\\$&')}`);

export const databases = {
  pg: {
    server: 'postgres',
    common: { 'db.system.name': 'postgresql', 'db.namespace': 'postgres' },
    pool: ({ hostname, port }) => `${hostname}:${port}/postgres`,
    before: [
      sql('DEALLOCATE', undefined, 'DEALLOCATE ALL'),
      sql('DROP', 'carts', 'DROP TABLE IF EXISTS carts', { summary: 'DROP TABLE carts' }),
      sql('CREATE', 'carts', 'CREATE TABLE carts (id text PRIMARY KEY, total int)', { summary: 'CREATE TABLE carts' }),
    ],
    one: [
      sql('INSERT', 'carts', 'INSERT INTO carts VALUES ($1, $2)'),
      sql('INSERT', 'carts', 'INSERT INTO carts (id, total) VALUES (?, ?)'),
      sql('SELECT', 'carts', 'SELECT total FROM carts WHERE id = $1'),
      sql('SELECT', 'carts', 'SELECT *\nFROM carts c\nJOIN carts d ON c.id = d.id', {
        summary: 'SELECT carts carts',
        'db.postgresql.plan': 'all',
      }),
      sql('INSERT', 'carts', 'INSERT INTO carts VALUES ($1, $2)', { error: '23505' }),
      sql('SELECT', 'nowhere', 'SELECT FROM nowhere', { error: '42P01' }),
      sql('SELECT', 'carts', 'SELECT count(*) FROM carts'),
      sql('BEGIN', undefined, 'BEGIN'),
      sql('DELETE', 'carts', 'DELETE FROM carts WHERE id IN (?::text, ?::text)'),
      sql('ROLLBACK', undefined, 'ROLLBACK'),
    ],
    wait: [sql('SELECT', undefined, 'SELECT pg_sleep(?)')],
  },

  mysql2: {
    server: 'mariadb',
    common: { 'db.system.name': 'mysql', 'db.namespace': 'shop' },
    pool: ({ hostname, port }) => `${hostname}:${port}/shop`,
    before: [
      sql('DROP', 'carts', 'DROP TABLE IF EXISTS carts', { summary: 'DROP TABLE carts' }),
      sql('CREATE', 'carts', 'CREATE TABLE carts (id varchar(?) PRIMARY KEY, total int)', { summary: 'CREATE TABLE carts' }),
    ],
    one: [
      sql('INSERT', 'carts', 'INSERT INTO carts VALUES (?, ?)'),
      sql('INSERT', 'carts', 'INSERT INTO carts (id, total) VALUES (?, ?)'),
      sql('SELECT', 'carts', 'SELECT total FROM carts WHERE id = ?'),
      sql('INSERT', 'carts', 'INSERT INTO carts VALUES (?, ?)', { error: 'ER_DUP_ENTRY' }),
      sql('SELECT', 'nowhere', 'SELECT * FROM nowhere', { error: 'ER_NO_SUCH_TABLE' }),
      sql('SELECT', 'carts', 'SELECT count(*) FROM carts'),
      sql('SELECT', 'carts', 'SELECT id FROM carts'),
    ],
    wait: [sql('SELECT', undefined, 'SELECT sleep(?)')],
  },

  redis: {
    server: 'redis',
    common: { 'db.system.name': 'redis' },
    before: [command('FLUSHALL', 'FLUSHALL')],
    one: [
      command('SET', 'SET cart:7 ? ? ?'),
      command('GET', 'GET cart:7'),
      command('HSET', 'HSET user:1 ? ? ? ?'),
      command('ECHO', 'ECHO ?'),
      command('INCR', 'INCR cart:7', 'ERR'),
      command('AUTH', 'AUTH ?', 'ERR'),
      command('MULTI', 'SET a ?'),
      command('MULTI', 'GET a'),
    ],
  },

  ioredis: {
    server: 'redis',
    common: { 'db.system.name': 'redis' },
    before: [command('FLUSHALL', 'FLUSHALL')],
    one: [
      command('SET', 'SET cart:7 ? ? ?'),
      command('GET', 'GET cart:7'),
      command('HSET', 'HSET user:1 ? ?'),
      command('INCR', 'INCR cart:7', 'ERR'),
      command('AUTH', 'AUTH ?', 'ERR'),
      command('MULTI', 'MULTI'),
      command('MULTI SET', 'SET a ?'),
      command('MULTI GET', 'GET a'),
      command('EXEC', 'EXEC'),
      command('PIPELINE SET', 'SET b ?'),
      command('PIPELINE SET', 'SET c ?'),
    ],
  },

  mongodb: {
    server: 'mongodb',
    common: { 'db.system.name': 'mongodb', 'db.namespace': 'shop' },
    pool: ({ hostname, port }) => `${hostname}:${port}`,
    before: [mongo('insert', 'first', /^\{/), mongo('drop', 'carts', '{"drop":"?"}')],
    one: [
      mongo('insert', 'carts', '{"_id":"?","owner":"?","lines":[{"sku":"?","n":"?"}]}'),
      mongo('insert', 'carts', /^\{/),
      mongo('find', 'carts', find('{"owner":"?","total":{"$in":["?"]}}')),
      mongo('update', 'carts', '{"update":"?","updates":[{"q":{"_id":"?"},"u":{"$set":{"owner":"?"}}}],"ordered":"?"}'),
      mongo(
        'aggregate',
        'carts',
        '{"aggregate":"?","pipeline":[{"$match":{"owner":"?"}},{"$group":{"_id":"?","n":{"$sum":"?"}}}],"cursor":{}}',
      ),
      mongo('insert', 'carts', '{"_id":"?"}', '11000'),
      mongo('noSuchCommand', undefined, '{"noSuchCommand":"?"}', '59'),
      mongo('delete', 'carts', '{"delete":"?","deletes":[{"q":{"owner":"?"},"limit":"?"}],"ordered":"?"}'),
    ],
    wait: [mongo('find', 'carts', find('{}'))],
  },
};
