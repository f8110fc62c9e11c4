/** The variables that manifests may name. @module */

/**
 * Returns the environment of this process, and beside it `variables`, which it wins over.
 *
 * Without variables it is the environment itself, whose names have no case on Windows.
 */
export function hostEnvironment(
  variables?: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  if (variables === undefined || Object.keys(variables).length === 0) return process.env
  // Without a prototype: a manifest may name any word.
  return Object.assign(Object.create(null), variables, process.env)
}
