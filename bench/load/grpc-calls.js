// Calls hello-grpc.js for some seconds, so many calls at a time; tells its parent how many there were.
import grpc from '@grpc/grpc-js';

const [port, seconds, atOnce] = process.argv.slice(2).map(Number);
const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
const asIs = (bytes) => bytes;
const request = Buffer.from('you');
const say = () =>
  new Promise((resolve, reject) => {
    client.makeUnaryRequest('/bench.Hello/Say', asIs, asIs, request, (error) => (error ? reject(error) : resolve()));
  });

let calls = 0;
const endMs = performance.now() + seconds * 1000;
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (performance.now() < endMs) {
      await say();
      calls++;
    }
  }),
);
client.close();
process.send({ perSecond: calls / seconds, calls });
process.disconnect();
