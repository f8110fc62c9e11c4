/** The doors that package.json lists, and the source file of each. @module */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Door {
  /** As programs import it: `mayfly/node`. */
  readonly name: string
  /** Path of its source, from the root. */
  readonly file: string
}

// Leads to sources, and is set in a checkout only.
const SOURCE = 'mayfly-source'

/** Doors without sources, such as `mayfly/wit/*`, are left out: they are files. */
export function doorsOf(root: string): Door[] {
  const text = readFileSync(join(root, 'package.json'), 'utf8')
  const { name, exports } = JSON.parse(text) as PackageFile
  return Object.entries(exports).flatMap(([path, target]) => {
    const file = typeof target === 'string' ? undefined : target[SOURCE]
    return typeof file === 'string' ? filesOf(root, name + path.slice(1), file.slice(2)) : []
  })
}

interface PackageFile {
  readonly name: string
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>
}

/** One for each file that the `*` of both stands for. */
function filesOf(root: string, name: string, file: string): Door[] {
  const [before = '', after] = file.split('*')
  if (after === undefined) return [{ name, file }]
  return globSync(file, { cwd: root })
    .sort()
    .map((path) => ({
      name: name.replace('*', path.slice(before.length, path.length - after.length)),
      file: path,
    }))
}
