import { useState } from 'preact/hooks';
import { CopyButton } from '../components/copy-button.tsx';
import { Choice } from '../components/filters.tsx';
import { servicesPath } from '../routes.ts';
import { range } from '../state/range.ts';
import { addressesOf, snippetsFor } from './snippets.ts';
import type { SnippetName } from './snippets.ts';

/** How to send telemetry, for those who start. `waiting`: nothing has come yet; the page gives way when it does. */
export function SendPage({ waiting }: { readonly waiting: boolean }) {
  const [chosen, setChosen] = useState<SnippetName>('Node.js');
  const { origin, hostname } = globalThis.location;
  const addresses = addressesOf(origin, hostname);
  const snippets = snippetsFor(addresses);
  const snippet = snippets.find(({ name }) => name === chosen);
  return (
    <div class="page send">
      <div class="send-intro">
        <h1>{waiting ? 'Sonde is ready. Send it something.' : 'Send data'}</h1>
        <p class="muted">
          Sonde takes OpenTelemetry traces, logs and metrics. Point an SDK or a Collector at one of these addresses; no key is
          needed.
        </p>
        {waiting ? (
          <p class="waiting" role="status">
            <i />
            Waiting for the first data. This page gives way to your services as soon as it comes.
          </p>
        ) : (
          <p>
            <a href={servicesPath(range.value)}>See the services that send already</a>
          </p>
        )}
      </div>
      <div class="panel">
        <table class="table addresses">
          <caption class="unseen">Addresses</caption>
          <tbody>
            {[
              { name: 'OTLP over HTTP', text: addresses.http, note: 'protobuf or JSON; /v1/traces, /v1/logs, /v1/metrics' },
              { name: 'OTLP over gRPC', text: addresses.grpc, note: '' },
              { name: 'OTLP over HTTP, on this port', text: addresses.here, note: 'the same, where only one port is open' },
            ].map(({ name, text, note }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="mono">
                  {text} <CopyButton text={text} label={`Copy ${text}`} />
                </td>
                <td class="muted">{note}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Choice
        label="From"
        options={snippets.map(({ name }) => ({ value: name, text: name }))}
        value={chosen}
        onChoose={setChosen}
      />
      {snippet !== undefined && (
        <div class="panel snippet">
          <header>
            <span class="muted">{snippet.about}</span>
            <CopyButton text={snippet.code} label={`Copy the ${snippet.name} snippet`} />
          </header>
          <pre>{snippet.code}</pre>
        </div>
      )}
    </div>
  );
}
