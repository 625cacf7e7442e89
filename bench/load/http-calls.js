// Asks hello-fastify.js at an even rate, over connections that wait for their answers; tells its parent how long the slowest took.
import { Agent, request } from 'node:http';
import { p99, paced } from './paced.js';

const [port, seconds, connections, perSecond] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const call = () =>
  new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/hello/you', agent }, (answer) => answer.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
await paced({ perSecond, seconds: 1, call });
process.send({ p99Ms: p99(await paced({ perSecond, seconds, call })) });
agent.destroy();
process.disconnect();
