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

/**
 * The name under which a list has the interface `path`: with major and minor version, `wasi:cli/stdin@0.3`, where the
 * list has that. Otherwise without version.
 */
export function listedName(path: string, isListed: (name: string) => boolean): string {
  const { name, version } = splitInterface(path)
  const versioned = `${name}@${/^\d+\.\d+/.exec(version ?? '')?.[0] ?? ''}`
  return isListed(versioned) ? versioned : name
}
