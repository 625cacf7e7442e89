// A small language for the shape of JSON. A shape is
//
//   'text', 'number', 'flag'   any value of that kind
//   'value'                    a number as text, as samples have them: "1.5", "NaN", "+Inf"
//   'time'                     a number of Unix seconds with at most three decimals
//   exactly(value)             that value
//   [shape]                    a list of any length, empty too, of values of that shape
//   [shape, shape, …]          a list of as many values, each of its shape
//   { name: shape, 'name?': shape }  an object of these fields and no others; those with `?` may be absent
//   { '*': shape }             an object with any fields of that shape
//   some(shape)                a list or object as `shape` says, but not empty
//   including(shape, value)    a list as `shape` says that has this value in it
import { isDeepStrictEqual } from 'node:util';

export const exactly = (value) => ({ kind: exactKind, value });
export const some = (shape) => ({ kind: someKind, shape });
export const including = (shape, value) => ({ kind: includingKind, shape, value });

const exactKind = Symbol('exactly');
const someKind = Symbol('some');
const includingKind = Symbol('including');

const kinds = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  flag: (value) => typeof value === 'boolean',
  value: (value) => typeof value === 'string' && /^(NaN|[+-]Inf|-?\d+(\.\d+)?(e[+-]\d{2,})?)$/.test(value),
  time: (value) => typeof value === 'number' && Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-3,
};

/** What does not fit, as sentences with the place; none when all does. */
export function shapeFaults(shape, value, place = 'the answer') {
  if (typeof shape === 'string') return kinds[shape](value) ? [] : [unlike(place, `a ${shape}`, value)];
  switch (shape.kind) {
    case exactKind:
      return isDeepStrictEqual(value, shape.value) ? [] : [unlike(place, JSON.stringify(shape.value), value)];
    case someKind:
      return sizeOf(value) > 0 ? shapeFaults(shape.shape, value, place) : [unlike(place, 'something in it', value)];
    case includingKind:
      return Array.isArray(value) && value.some((item) => isDeepStrictEqual(item, shape.value))
        ? shapeFaults(shape.shape, value, place)
        : [unlike(place, `${JSON.stringify(shape.value)} in it`, value)];
  }
  return Array.isArray(shape) ? listFaults(shape, value, place) : objectFaults(shape, value, place);
}

function listFaults(shape, value, place) {
  if (!Array.isArray(value)) return [unlike(place, 'a list', value)];
  if (shape.length > 1 && shape.length !== value.length) return [unlike(place, `${shape.length} items`, value)];
  return value.flatMap((item, i) => shapeFaults(shape[i % shape.length], item, `${place}[${i}]`));
}

function objectFaults(shape, value, place) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [unlike(place, 'an object', value)];
  if ('*' in shape) return Object.entries(value).flatMap(([name, item]) => shapeFaults(shape['*'], item, `${place}.${name}`));
  const fields = Object.entries(shape).map(([name, of]) => ({ name: name.replace(/\?$/, ''), of, optional: name.endsWith('?') }));
  const known = new Set(fields.map(({ name }) => name));
  return [
    ...Object.keys(value).flatMap((name) => (known.has(name) ? [] : [`${place}.${name} should not be there`])),
    ...fields.flatMap(({ name, of, optional }) => {
      if (name in value) return shapeFaults(of, value[name], `${place}.${name}`);
      return optional ? [] : [`${place}.${name} is missing`];
    }),
  ];
}

function sizeOf(value) {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

function unlike(place, expected, value) {
  return `${place}: expected ${expected}, got ${JSON.stringify(value)?.slice(0, 200)}`;
}
