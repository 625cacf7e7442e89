/** Methods of a library that are replaced by others that call them. */

type Method = (this: never, ...args: never[]) => unknown;

/**
 * Puts another method into the place of one, that of a prototype above included; returns what puts it back. Whoever replaced it once
 * more in the meantime keeps a method that goes on.
 */
export function replaceMethod<M extends Method>(target: object, name: PropertyKey, make: (original: M) => M): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const replacement = make(Reflect.get(target, name) as M);
  Object.defineProperty(target, name, {
    value: replacement,
    writable: true,
    configurable: true,
    enumerable: own?.enumerable ?? false,
  });
  return () => {
    if (Object.getOwnPropertyDescriptor(target, name)?.value !== replacement) return;
    if (own === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, own);
  };
}
