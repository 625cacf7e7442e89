// A gRPC call that is answered.
import grpc from '@grpc/grpc-js';

const text = { serialize: (value) => Buffer.from(value), deserialize: String };
const method = { path: '/test.Echo/Say', requestStream: false, responseStream: false };
const types = {
  requestSerialize: text.serialize,
  requestDeserialize: text.deserialize,
  responseSerialize: text.serialize,
  responseDeserialize: text.deserialize,
};
const server = new grpc.Server();
server.addService({ Say: { ...method, ...types } }, { Say: ({ request }, answer) => answer(null, request) });
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_, port) => {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  client.makeUnaryRequest(method.path, text.serialize, text.deserialize, 'hi', () => {
    client.close();
    server.forceShutdown();
  });
});
