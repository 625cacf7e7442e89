/** Remote sampling: services ask which share of their traces they keep, as they ask Jaeger, and are answered from a file. */
import { readFileSync } from 'node:fs';
import { SondeError } from '../base/errors.ts';
import type { Route } from '../base/http.ts';
import { renderPlainError } from './health.ts';
import type { Log } from './log.ts';
import { readSamplingRules } from './sampling-rules.ts';
import type { SamplingRules } from './sampling-rules.ts';
import type { Config } from './settings.ts';

export interface Sampling {
  readonly route: Route;
  readonly stop: () => void;
}

/** Answers as the file of `sampling-rules` says, which SIGHUP has read again; `not_found` when there is none. Throws `config`. */
export function openSampling({ samplingRules: path }: Config, log: Log): Sampling {
  let rules = path === '' ? undefined : readFile(path);
  const reload = (): void => {
    try {
      rules = readFile(path);
      log.info('sampling rules read again', { path });
    } catch (thrown) {
      log.error('sampling rules refused, those before stay', thrown, { path });
    }
  };
  if (path !== '') process.on('SIGHUP', reload);
  return {
    route: {
      method: 'GET',
      path: '/sampling',
      doc: 'Which share of its traces a service keeps, in the JSON of Jaeger’s remote sampling.',
      listeners: ['main', 'otlp'],
      renderError: renderPlainError,
      async handle({ query }) {
        const service = query.get('service') ?? '';
        if (service === '') throw new SondeError('bad_request', 'The parameter service should name who asks, but is missing.');
        if (rules === undefined)
          throw new SondeError('not_found', 'There are no sampling rules; --sampling-rules FILE gives some.');
        const answer = rules.services.get(service) ?? rules.otherwise;
        return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
      },
    },
    stop: () => void process.off('SIGHUP', reload),
  };
}

function readFile(path: string): SamplingRules {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SondeError('config', `The sampling rules ${path} can not be read: ${(cause as Error).message}`, { cause });
  }
  return readSamplingRules(text, path);
}
