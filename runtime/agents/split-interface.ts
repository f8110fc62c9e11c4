/**
 * The name and the version of an interface, apart.
 *
 * @module
 */

/** Splits `ns:package/interface@1.2.3`. */
export function splitInterface(path: string): { name: string; version: string | undefined } {
  const at = path.indexOf('@')
  return at === -1
    ? { name: path, version: undefined }
    : { name: path.slice(0, at), version: path.slice(at + 1) }
}
