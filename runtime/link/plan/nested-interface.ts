/**
 * The names of instances that an imported instance exports: their interface, and the path in it.
 *
 * @module
 */

// In no name of an interface.
const SEPARATOR = '#'

/** How a plan calls the instance `name` inside the imported instance `outer`. */
export function nestedInterface(outer: string, name: string): string {
  return `${outer}${SEPARATOR}${name}`
}

/** The way to an interface: its own name, or that of the imported instance and those inside it. */
export function interfacePath(name: string): readonly [outer: string, ...inner: string[]] {
  const [outer = '', ...inner] = name.split(SEPARATOR)
  return [outer, ...inner]
}
