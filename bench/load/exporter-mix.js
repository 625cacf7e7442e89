// Series as a fleet of hosts with node_exporter and a service exposes them: most of them counters and gauges that hardly move,
// some that do; and beside them one metric of many pods.

const cpus = 8;
const modes = ['idle', 'user', 'system', 'iowait', 'irq', 'nice', 'softirq', 'steal'];
const devices = ['eth0', 'eth1', 'lo', 'docker0'];
const disks = ['sda', 'sdb', 'nvme0n1'];
const mounts = ['/', '/var', '/boot', '/run'];
const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];
const handlers = ['/', '/api', '/login', '/static'];

/** `{ labels, next }` of all series; `next(i)` gives the value of sample i, called in order. */
export function makeMix({ hosts, pods }) {
  const series = [];
  for (let host = 0; host < hosts; host++) series.push(...hostSeries(host));
  for (let pod = 0; pod < pods; pod++) {
    const labels = {
      job: 'pods',
      namespace: `team-${pod % 40}`,
      pod: `web-${pod % 500}-${pod.toString(36)}`,
      node: `node-${pod % 100}`,
    };
    series.push({ labels: { __name__: 'requests_total', ...labels }, next: counter(pod, 30) });
  }
  return series;
}

function hostSeries(host) {
  const target = { job: 'node', instance: `host-${host}.example:9100`, cluster: host % 2 === 0 ? 'east' : 'west' };
  const all = [];
  const add = (name, labels, next) => all.push({ labels: { __name__: name, ...target, ...labels }, next });
  for (let cpu = 0; cpu < cpus; cpu++) {
    for (const [m, mode] of modes.entries()) {
      add('node_cpu_seconds_total', { cpu: String(cpu), mode }, cpuCounter(host * 64 + cpu * 8 + m, m < 3));
    }
  }
  for (const [d, device] of devices.entries()) {
    for (const kind of ['receive_bytes', 'transmit_bytes', 'receive_packets', 'transmit_packets'])
      add(`node_network_${kind}_total`, { device }, d < 2 ? counter(host + d, 90_000) : constant(d));
  }
  for (const device of disks) {
    for (const kind of [
      'reads_completed',
      'writes_completed',
      'read_bytes',
      'written_bytes',
      'io_time_seconds',
      'discards_completed',
    ])
      add(`node_disk_${kind}_total`, { device }, kind === 'discards_completed' ? constant(0) : counter(host, 500));
  }
  for (const mountpoint of mounts) {
    for (const kind of ['avail_bytes', 'size_bytes', 'files', 'files_free'])
      add(
        `node_filesystem_${kind}`,
        { mountpoint, fstype: 'ext4' },
        kind.startsWith('avail') ? bytes(host) : constant(1e9 + host),
      );
  }
  for (let i = 0; i < 40; i++) add(`node_memory_kind${i}_bytes`, {}, i < 20 ? bytes(host + i) : constant(4096 * i));
  for (let i = 0; i < 60; i++) add(`node_info_kind${i}`, { value: `v${i}` }, constant(1));
  for (let i = 0; i < 38; i++) add(`process_kind${i}_total`, {}, i < 19 ? counter(host + i, 20) : constant(i));
  for (const handler of handlers) {
    for (const [b, le] of bounds.entries()) add('http_request_duration_seconds_bucket', { handler, le }, histogramCounter(b));
  }
  add('node_load1', {}, load(host));
  return all;
}

function constant(value) {
  return () => value;
}

function counter(seed, pace) {
  let total = seed * 1000;
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (total += (state >>> 16) % pace);
  };
}

function cpuCounter(seed, isBusy) {
  const next = counter(seed, isBusy ? 1500 : 3);
  return () => next() / 100;
}

function histogramCounter(rank) {
  return (i) => (i + 1) * (rank + 1) * 3;
}

function bytes(seed) {
  const next = counter(seed, 1000);
  return () => 4096 * (1_000_000 + (next() % 5000));
}

function load(seed) {
  const next = counter(seed, 100);
  return () => (next() % 400) / 100;
}
