// Calls hello-grpc.js for some seconds, so many calls at a time; tells its parent how many there were and how long the slowest took.
import grpc from '@grpc/grpc-js';

const [port, seconds, atOnce] = process.argv.slice(2).map(Number);
const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
const asIs = (bytes) => bytes;
const request = Buffer.from('you');
const say = () =>
  new Promise((resolve, reject) => {
    client.makeUnaryRequest('/bench.Hello/Say', asIs, asIs, request, (error) => (error ? reject(error) : resolve()));
  });

const tookMs = [];
const endMs = performance.now() + seconds * 1000;
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (performance.now() < endMs) {
      const beganMs = performance.now();
      await say();
      tookMs.push(performance.now() - beganMs);
    }
  }),
);
client.close();
tookMs.sort((a, b) => a - b);
process.send({ perSecond: tookMs.length / seconds, p99Ms: tookMs[Math.floor(tookMs.length * 0.99)], calls: tookMs.length });
process.disconnect();
