/** rules, alerts, alertmanagers: Sonde evaluates no rules, so there are none. */
import type { HttpResponse } from '../../base/http.ts';
import { renderData } from './envelope.ts';

export function listRules(): HttpResponse {
  return renderData({ groups: [] });
}

export function listAlerts(): HttpResponse {
  return renderData({ alerts: [] });
}

export function listAlertmanagers(): HttpResponse {
  return renderData({ activeAlertmanagers: [], droppedAlertmanagers: [] });
}
