import type { WriteProtocol } from '../protocol.ts';
import { remoteWriteRoutes } from './http.ts';

export const prometheus: WriteProtocol = {
  name: 'prometheus',
  doc: 'Prometheus: remote write 1.0 and 2.0.',
  routes: remoteWriteRoutes,
};
