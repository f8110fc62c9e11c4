/**
 * Names that every object answers to, such as `constructor` and `toString`: fields and functions of WIT may be
 * called so, and what is not there must not be found.
 *
 * @module
 */

/** What an object has of its class without its doing. */
const OF_THE_CLASS: ReadonlySet<string> = new Set(['constructor', '__proto__'])
const EVERY_OBJECT = Object.prototype as unknown as Readonly<Record<string, unknown>>

/** Whether every object has something under `name`. */
export function isInherited(name: string): boolean {
  return name in EVERY_OBJECT
}

/** `object[name]`, unless that is what every object has. What its class says is found, but for the class. */
export function givenUnder(object: object, name: string): unknown {
  const value = (object as Readonly<Record<string, unknown>>)[name]
  if (Object.hasOwn(object, name)) return value
  return OF_THE_CLASS.has(name) || value === EVERY_OBJECT[name] ? undefined : value
}
