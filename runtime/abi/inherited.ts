/**
 * Names that every object inherits, such as `constructor` and `toString`. Fields and functions of WIT may have these
 * names, and a look-up of a missing one must not find the inherited value.
 *
 * @module
 */

/** Names that every object of a class inherits automatically. */
const OF_THE_CLASS: ReadonlySet<string> = new Set(['constructor', '__proto__'])
const EVERY_OBJECT = Object.prototype as unknown as Readonly<Record<string, unknown>>

/** Whether every object has something under `name`. */
export function isInherited(name: string): boolean {
  return name in EVERY_OBJECT
}

/** `object[name]`, unless every object inherits it. Members of its class are found, but not the class itself. */
export function givenUnder(object: object, name: string): unknown {
  const value = (object as Readonly<Record<string, unknown>>)[name]
  if (Object.hasOwn(object, name)) return value
  return OF_THE_CLASS.has(name) || value === EVERY_OBJECT[name] ? undefined : value
}
