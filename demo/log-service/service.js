// @ts-check
/**
 * The commit-log service. All that it has to do with telemetry is how it is started: `node --import @sonde/instrument service.js`.
 * What goes wrong in the log itself it hands over, and who calls is checked by the kit's interceptor.
 */
import grpc from '@grpc/grpc-js';
import { authenticate } from '@sonde/instrument/grpc';
import { ready, setting, tellProblem } from '../services/child.js';
import { checkCaller } from './access.js';
import { CommitLog } from './log/log.js';
import { createMethods } from './methods.js';
import { service } from './protocol.js';

const log = await CommitLog.open({
  folder: setting('DEMO_LOG_FOLDER'),
  segmentBytes: Number(setting('DEMO_LOG_SEGMENT_BYTES', String(4 << 20))),
  bytesMax: Number(setting('DEMO_LOG_BYTES', String(64 << 20))),
});
if (log.bytesCut > 0) tellProblem(`a crash had left ${log.bytesCut} bytes of a record that nobody was told of; they are cut`);

const stopping = new AbortController();
const server = new grpc.Server({ interceptors: [authenticate(checkCaller)] });
server.addService(service, createMethods(log, stopping.signal));
server.bindAsync(setting('DEMO_LOG_LISTEN', '127.0.0.1:0'), grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  ready({ address: `127.0.0.1:${port}`, stop });
});

async function stop() {
  stopping.abort();
  await new Promise((resolve) => server.tryShutdown(resolve));
  await log.close();
}
