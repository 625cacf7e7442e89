// What is asked of each database. `secret` stands for what may not be in any span.
const secret = 'p4ssw0rd';
const fails = (promise) =>
  promise.then(
    () => Promise.reject(new Error('that should have failed')),
    () => undefined,
  );

exports.scenarios = {
  pg: {
    packages: ['pg'],
    async open([pg], url) {
      const { Pool } = pg.Pool === undefined ? pg.default : pg;
      return new Pool({ connectionString: url, max: 1 });
    },
    async before(pool) {
      await pool.query('DEALLOCATE ALL');
      await pool.query('DROP TABLE IF EXISTS carts');
      await pool.query('CREATE TABLE carts (id text PRIMARY KEY, total int)');
    },
    async one(pool) {
      await pool.query('INSERT INTO carts VALUES ($1, $2)', ['a', 1]);
      await pool.query(`INSERT INTO carts (id, total) VALUES ('${secret}', 42) -- of a customer`);
      await pool.query({ text: 'SELECT total FROM carts WHERE id = $1', values: [secret] });
      await pool.query({ name: 'all', text: 'SELECT *\nFROM carts c\nJOIN carts d ON c.id = d.id' });
      await fails(pool.query('INSERT INTO carts VALUES ($1, $2)', ['a', 1]));
      await fails(pool.query('SELECT FROM nowhere'));
      await new Promise((resolve) => pool.query('SELECT count(*) FROM carts', resolve));
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query('DELETE FROM carts WHERE id IN (1::text, 2::text)');
      await client.query('ROLLBACK');
      client.release();
    },
    wait: (pool) => pool.query('SELECT pg_sleep(0.05)').then(() => undefined),
    close: (pool) => pool.end(),
  },

  mysql2: {
    packages: ['mysql2', 'mysql2/promise'],
    async open([core, promises], url) {
      const createPool = promises.createPool ?? promises.default.createPool;
      const createConnection = core.createConnection ?? core.default.createConnection;
      return { pool: createPool({ uri: url, connectionLimit: 1 }), plain: createConnection(url) };
    },
    async before({ pool }) {
      await pool.query('DROP TABLE IF EXISTS carts');
      await pool.query('CREATE TABLE carts (id varchar(20) PRIMARY KEY, total int)');
    },
    async one({ pool, plain }) {
      await pool.query('INSERT INTO carts VALUES (?, ?)', ['a', 1]);
      await pool.query(`INSERT INTO carts (id, total) VALUES ("${secret}", 42) # of a customer`);
      await pool.execute('SELECT total FROM carts WHERE id = ?', [secret]);
      await fails(pool.query('INSERT INTO carts VALUES (?, ?)', ['a', 1]));
      await fails(pool.execute('SELECT * FROM nowhere'));
      await new Promise((resolve) => plain.query('SELECT count(*) FROM carts', resolve));
      await new Promise((resolve) => plain.query({ sql: 'SELECT id FROM carts' }).on('end', resolve));
    },
    wait: ({ pool }) => pool.query('SELECT sleep(0.05)').then(() => undefined),
    async close({ pool, plain }) {
      await pool.end();
      await new Promise((resolve) => plain.end(resolve));
    },
  },

  redis: {
    packages: ['redis'],
    async open([redis], url) {
      const createClient = redis.createClient ?? redis.default.createClient;
      const client = createClient({ url });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    before: (client) => client.flushAll(),
    async one(client) {
      await client.set('cart:7', secret, { EX: 60 });
      await client.get('cart:7');
      await client.hSet('user:1', { name: secret, mail: secret });
      await client.sendCommand(['ECHO', secret]);
      await fails(client.incr('cart:7'));
      await fails(client.sendCommand(['AUTH', secret]));
      await client.multi().set('a', secret).get('a').exec();
    },
    close: (client) => (client.close ?? client.quit).call(client),
  },

  ioredis: {
    packages: ['ioredis'],
    async open([ioredis], url) {
      const Redis = ioredis.default?.default ?? ioredis.default ?? ioredis;
      return new Redis(url);
    },
    before: (client) => client.flushall(),
    async one(client) {
      await client.set('cart:7', secret, 'EX', 60);
      await client.get('cart:7');
      await client.hset('user:1', 'name', secret);
      await fails(client.incr('cart:7'));
      await fails(client.call('AUTH', secret));
      await client.multi().set('a', secret).get('a').exec();
      await client.pipeline().set('b', secret).set('c', secret).exec();
    },
    close: (client) => client.quit(),
  },

  mongodb: {
    packages: ['mongodb'],
    async open([mongodb], url) {
      const { MongoClient } = mongodb.MongoClient === undefined ? mongodb.default : mongodb;
      const client = new MongoClient(url, { maxPoolSize: 1 });
      await client.connect();
      return client;
    },
    before: (client) => client.db('shop').collection('first').insertOne({ name: secret }),
    async one(client) {
      const carts = client.db('shop').collection('carts');
      await carts.insertOne({ _id: 'a', owner: secret, lines: [{ sku: secret, n: 1 }] });
      await carts.insertMany([{ _id: 'b' }, { _id: 'c' }]);
      await carts.findOne({ owner: secret, total: { $in: [1, 2, 3] } });
      await carts.updateOne({ _id: 'a' }, { $set: { owner: secret } });
      await carts.aggregate([{ $match: { owner: secret } }, { $group: { _id: '$owner', n: { $sum: 1 } } }]).toArray();
      await fails(carts.insertOne({ _id: 'a' }));
      await fails(client.db('shop').command({ noSuchCommand: secret }));
      await carts.deleteMany({ owner: secret });
    },
    wait: (client) =>
      client
        .db('shop')
        .collection('carts')
        .find({})
        .toArray()
        .then(() => undefined),
    async close(client) {
      await client.db('shop').collection('carts').drop();
      await client.close();
    },
  },
};
