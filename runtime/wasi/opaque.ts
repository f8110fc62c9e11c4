/**
 * Classes of resources as guests see them.
 *
 * A guest may call every member that it names in its imports, with types of its own choice. So a class whose instances
 * the host makes is handed out without its constructor. Operations of the host beyond the WIT are in functions beside
 * the class, which no import can name.
 *
 * @module
 */

/** A resource without a constructor: the methods of `Class` and the given `statics`. */
export function opaque(
  Class: { readonly prototype: object; readonly name: string },
  statics: Readonly<Record<string, (...args: never[]) => unknown>> = {},
): new (...args: never[]) => object {
  const name = Class.name
  function Opaque(): never {
    throw new TypeError(`Cannot construct resource "${name}": WIT has no constructor for it`)
  }
  Opaque.prototype = Class.prototype
  // A function can be constructed; the types of TypeScript know that of classes only.
  return Object.assign(Opaque, statics) as unknown as new (...args: never[]) => object
}
