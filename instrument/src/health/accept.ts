/** Which shape a client asks for by `Accept` (RFC 9110, section 12.5.1). Who asks for none of them gets one all the same. */
import type { Shape } from './shapes.ts';

export interface Answered {
  readonly shape: Shape;
  readonly mediaType: string;
}

const spring3 = 'application/vnd.spring-boot.actuator.v3+json';

const mediaTypes: Readonly<Record<Shape, string>> = {
  'health+json': 'application/health+json',
  microprofile: 'application/json',
  spring: spring3,
};

const shapes: ReadonlyMap<string, Shape> = new Map([
  ['application/health+json', 'health+json'],
  ['application/json', 'microprofile'],
  [spring3, 'spring'],
  ['application/vnd.spring-boot.actuator.v2+json', 'spring'],
]);

/** The first of those that are wanted most; `otherwise` for whoever takes anything, or nothing of this. */
export function answeredAs(accept: string | undefined, otherwise: Shape): Answered {
  let found: Answered = { shape: otherwise, mediaType: mediaTypes[otherwise] };
  let weight = 0;
  for (const range of accept?.split(',') ?? []) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const shape = name === '*/*' || name === 'application/*' ? otherwise : shapes.get(name);
    const itsWeight = weightOf(parameters);
    if (shape === undefined || itsWeight <= weight) continue;
    weight = itsWeight;
    found = { shape, mediaType: shapes.has(name) ? name : mediaTypes[shape] };
  }
  return found;
}

function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  if (q === undefined) return 1;
  const weight = Number(q.slice(2));
  return weight >= 0 && weight <= 1 ? weight : 0;
}
