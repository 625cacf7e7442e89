// The same in CommonJS, and what both do: a request to `/one` asks each database, two at once to `/wait` share one connection.
const http = require('node:http');

const secret = 'p4ssw0rd';
const { POSTGRES, REDIS } = process.env;

async function serve({ Pool, createClient, Redis }) {
  const pool = new Pool({ connectionString: POSTGRES, max: 1 });
  const other = new Pool({ connectionString: POSTGRES, max: 3 });
  const node = createClient({ url: REDIS });
  const io = new Redis(REDIS);
  await node.connect();
  await pool.query('CREATE TEMP TABLE carts (id text PRIMARY KEY, total int)');
  const server = http.createServer((request, response) => {
    const asked = request.url === '/one' ? askAll({ pool, node, io }) : pool.query('SELECT pg_sleep(0.05)');
    asked.then(
      () => response.end('done'),
      (error) => response.writeHead(500).end(String(error.stack)),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const get = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
    if (answer.status !== 200) throw new Error(await answer.text());
  };
  await get('/one');
  await Promise.all([get('/wait'), get('/wait')]);
  await other.query('DROP TABLE carts');
  // Metrics are taken while the pools are open.
  await globalThis[Symbol.for('@sonde/instrument')].flush();
  server.close();
  server.closeAllConnections();
  await Promise.all([pool.end(), other.end(), node.close(), io.quit()]);
  process.send?.({ loaded: Object.keys(require.cache).flatMap((file) => /instrumentation-[a-z0-9]+/.exec(file)?.[0] ?? []) });
}

async function askAll({ pool, node, io }) {
  const fails = (promise) =>
    promise.then(
      () => Promise.reject(new Error('that should have failed')),
      () => undefined,
    );
  await pool.query('INSERT INTO carts VALUES ($1, $2)', [secret, 1]);
  await pool.query(`SELECT total FROM carts WHERE id = '${secret}' -- of a customer`);
  await fails(pool.query('INSERT INTO carts VALUES ($1, $2)', [secret, 1]));
  await node.set('cart:7', secret, { EX: 60 });
  await fails(node.incr('cart:7'));
  await node.multi().set('a', secret).get('a').exec();
  await io.set('cart:7', secret);
  await fails(io.incr('cart:7'));
}

exports.serve = serve;
if (require.main === module) {
  void serve({ Pool: require('pg').Pool, createClient: require('redis').createClient, Redis: require('ioredis') });
}
