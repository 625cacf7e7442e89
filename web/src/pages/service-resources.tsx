import type { Attributes, ServiceAnswer } from '../../../src/api/sonde/contract.ts';
import { AttributeList } from '../components/attribute-list.tsx';
import { tracesPath } from '../routes.ts';
import { range } from '../state/range.ts';
import { attributeText } from '../trace/find.ts';

/** The instances that sent telemetry: what tells them apart in a line, everything else on opening it. */
export function Resources({ resources }: { readonly resources: ServiceAnswer['resources'] }) {
  if (resources.length === 0) return null;
  return (
    <section class="panel">
      <h2>{resources.length === 1 ? 'Instance' : `Instances (${resources.length})`}</h2>
      <ul class="resources">
        {resources.map(({ attributes }, i) => (
          <li key={i}>
            <details>
              <summary>
                <span class="mono">{instanceOf(attributes)}</span>
                <span class="muted">{summaryOf(attributes)}</span>
              </summary>
              <AttributeList
                attributes={attributes}
                hrefOf={(attr) => tracesPath(range.value, { attrs: [attr] })}
                hrefTitle="Traces with this attribute"
              />
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

function instanceOf(attributes: Attributes): string {
  return first(attributes, ['service.instance.id', 'k8s.pod.name', 'container.id', 'host.name']) ?? 'instance without an id';
}

/** Version, environment, host, language: in that order, as far as they are known. */
function summaryOf(attributes: Attributes): string {
  const version = first(attributes, ['service.version']);
  const parts = [
    version === undefined ? undefined : `version ${version}`,
    first(attributes, ['deployment.environment.name', 'deployment.environment']),
    first(attributes, ['host.name']),
    first(attributes, ['telemetry.sdk.language']),
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function first(attributes: Attributes, keys: readonly string[]): string | undefined {
  const key = keys.find((each) => attributes[each] !== undefined && attributes[each] !== '');
  return key === undefined ? undefined : attributeText(attributes[key] ?? null);
}
