// Calls hello-grpc.js for some seconds, so many calls at a time, or evenly so many per second; tells its parent how many there were and
// how long the slowest took.
import grpc from '@grpc/grpc-js';
import { p99, paced } from './paced.js';

const [port, seconds, atOnce, perSecond] = process.argv.slice(2).map(Number);
const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
const asIs = (bytes) => bytes;
const request = Buffer.from('you');
const say = () =>
  new Promise((resolve, reject) => {
    client.makeUnaryRequest('/bench.Hello/Say', asIs, asIs, request, (error) => (error ? reject(error) : resolve()));
  });

/** All at once, each after the other. */
async function atOnceFor(durationMs) {
  const tookMs = [];
  const endMs = performance.now() + durationMs;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < endMs) {
        const beganMs = performance.now();
        await say();
        tookMs.push(performance.now() - beganMs);
      }
    }),
  );
  return tookMs.toSorted((a, b) => a - b);
}

if (perSecond > 0) await paced({ perSecond, seconds: 1, call: say });
const tookMs = perSecond > 0 ? await paced({ perSecond, seconds, call: say }) : await atOnceFor(seconds * 1000);
client.close();
process.send({ perSecond: tookMs.length / seconds, p99Ms: p99(tookMs), calls: tookMs.length });
process.disconnect();
