/**
 * The remote driver: the contract of all drivers, over an endpoint that speaks ClickHouse's HTTP interface, and over a real
 * server where SONDE_TEST_CLICKHOUSE_URL names one, as `http://user:password@host:8123`.
 */
import { engineContract } from '../../test/engine/engine.contract.ts';
import { remoteStore, serverStore } from '../../test/engine/store.ts';

engineContract('remote, over chDB behind HTTP', remoteStore);

const serverUrl = process.env['SONDE_TEST_CLICKHOUSE_URL'];
engineContract(
  'remote, over a ClickHouse server',
  () => serverStore(serverUrl ?? ''),
  serverUrl === undefined ? 'SONDE_TEST_CLICKHOUSE_URL names none' : undefined,
);
