// A gRPC service that says hello, for bench/instrument.js: messages are bytes, as decoding them is not what is measured.
import grpc from '@grpc/grpc-js';

const asIs = (bytes) => bytes;
const hello = {
  path: '/bench.Hello/Say',
  requestStream: false,
  responseStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};
const server = new grpc.Server();
server.addService({ say: hello }, { say: (call, callback) => callback(null, Buffer.from(`hello ${call.request.toString()}`)) });
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
    error ? reject(error) : resolve(bound),
  ),
);
process.on('message', (message) => {
  if (message === 'usage') process.send({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() });
});
process.send({ port });
