// Asks an HTTP API of Prometheus; `api` is its URL up to and with /api/v1.
import { setTimeout as pause } from 'node:timers/promises';

const waitMsMax = 30_000;

/** The data of an answer to a form; throws what the server says when it is an error. */
export async function ask(api, endpoint, parameters) {
  const { status, data, errorType, error } = await askWhole(api, endpoint, parameters);
  if (status !== 'success') throw new Error(`${api}/${endpoint} ${JSON.stringify(parameters)}: ${errorType}: ${error}`);
  return data;
}

/** The whole answer, which may be an error of the API. Values that are lists are repeated parameters. */
export async function askWhole(api, endpoint, parameters) {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)]));
  const response = await fetch(`${api}/${endpoint}`, { method: 'POST', body: new URLSearchParams(pairs) });
  return readJson(response, endpoint);
}

/** The data of an answer to a GET, for endpoints that take nothing else. */
export async function get(api, endpoint, parameters = {}) {
  const response = await fetch(`${api}/${endpoint}?${new URLSearchParams(parameters).toString()}`);
  const { status, data, error } = await readJson(response, endpoint);
  if (status !== 'success') throw new Error(`${api}/${endpoint}: ${error}`);
  return data;
}

async function readJson(response, endpoint) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${endpoint} answered ${response.status}: ${text.slice(0, 300)}`, { cause });
  }
}

/** A label set as text: the same for the same labels. */
export function labelsText(labels) {
  const names = Object.keys(labels).toSorted();
  return `{${names.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(', ')}}`;
}

/** Waits until `holds` gives something true, and gives that; throws with what it waited for when that does not come about. */
export async function until(what, holds) {
  const endMs = performance.now() + waitMsMax;
  while (performance.now() < endMs) {
    const found = await holds();
    if (found) return found;
    await pause(200);
  }
  throw new Error(`waited ${waitMsMax / 1000} s in vain: ${what}`);
}
