/**
 * The three shapes in which health is told:
 * - `health+json`: draft-inadarei-api-health-check-06, with the details of a check under `details`, which it does not know.
 * - `microprofile`: MicroProfile Health 4.0, section 3 ("Protocol"). It knows up and down alone.
 * - `spring`: what Spring Boot's Actuator answers, version 3 of its media type.
 */
import type { CheckState } from './check-state.ts';
import type { GroupState } from './service-health.ts';
import { isUp } from './status.ts';
import type { Status } from './status.ts';

export type Shape = 'health+json' | 'microprofile' | 'spring';

/** What a service says of itself: fields of health+json by their own names. */
export interface About {
  readonly version?: string;
  readonly releaseId?: string;
  readonly serviceId?: string;
  readonly description?: string;
  readonly notes?: readonly string[];
  readonly links?: Readonly<Record<string, string>>;
}

export interface Told {
  readonly about: About;
  /** Names of the groups there are, for the answer that is of all. */
  readonly groups: readonly string[] | undefined;
}

/** The body of an answer: all of it, or with `told` undefined the status alone. */
export function toBody(shape: Shape, state: Pick<GroupState, 'status' | 'checks'>, told: Told | undefined): object {
  switch (shape) {
    case 'health+json':
      return toHealthJson(state, told);
    case 'microprofile':
      return { status: upOrDown(state.status), checks: told === undefined ? [] : state.checks.map(toMicroProfile) };
    case 'spring':
      return toSpring(state, told);
  }
}

type Body = Pick<GroupState, 'status' | 'checks'>;

function toHealthJson({ status, checks }: Body, told: Told | undefined): object {
  if (told === undefined) return { status: passOrNot(status) };
  const entries = checks.map((check) => [keyOf(check), [toHealthCheck(check)]] as const);
  return { status: passOrNot(status), ...told.about, ...(entries.length > 0 && { checks: Object.fromEntries(entries) }) };
}

/** `component:measurement`. */
function keyOf({ name, value, measurement }: CheckState): string {
  const of = measurement ?? (value === undefined ? 'responseTime' : undefined);
  return of === undefined ? name : `${name}:${of}`;
}

function toHealthCheck(check: CheckState): object {
  const { type, status, output, details } = check;
  return {
    componentType: type,
    ...observed(check),
    status: passOrNot(status),
    time: new Date(check.timeMs).toISOString(),
    ...(output !== undefined && { output }),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

function observed({ value, unit, durationMs, measurement }: CheckState): object {
  if (value !== undefined) return { observedValue: value, ...(unit !== undefined && { observedUnit: unit }) };
  // A measurement that could not be made has no value.
  return measurement === undefined ? { observedValue: Math.round(durationMs * 1000) / 1000, observedUnit: 'ms' } : {};
}

function passOrNot(status: Status): 'pass' | 'warn' | 'fail' {
  return status === 'out-of-service' ? 'fail' : status;
}

function upOrDown(status: Status): 'UP' | 'DOWN' {
  return isUp(status) ? 'UP' : 'DOWN';
}

function toMicroProfile(check: CheckState): object {
  const data = dataOf(check);
  return { name: check.name, status: upOrDown(check.status), ...(Object.keys(data).length > 0 && { data }) };
}

function toSpring({ status, checks }: Body, told: Told | undefined): object {
  if (told === undefined) return { status: springStatus(status) };
  const components = checks.map((check) => {
    const details = dataOf(check);
    const component = { status: springStatus(check.status), ...(Object.keys(details).length > 0 && { details }) };
    return [check.name, component] as const;
  });
  return {
    status: springStatus(status),
    ...(components.length > 0 && { components: Object.fromEntries(components) }),
    ...(told.groups !== undefined && { groups: told.groups }),
  };
}

/** What warns is up: Spring has no status between. */
function springStatus(status: Status): 'UP' | 'OUT_OF_SERVICE' | 'DOWN' {
  return isUp(status) ? 'UP' : status === 'fail' ? 'DOWN' : 'OUT_OF_SERVICE';
}

/** All that is known of a check, in one flat object. */
function dataOf({ status, value, unit, output, details }: CheckState): object {
  return {
    ...details,
    ...(value !== undefined && { value }),
    ...(unit !== undefined && { unit }),
    ...(output !== undefined && { [isUp(status) ? 'warning' : 'error']: output }),
  };
}
