/**
 * Keeps state as files of one directory, each replaced as a whole, for the user of the host only.
 *
 * Other files may be there: a file whose name is not a valid name of state is not listed.
 *
 * @module
 */

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isStateName, requireStateName, type StateStore } from '../../registry/state/index.ts'
import { replaceFileSync } from '../../files/index.ts'

export interface DirectoryStateOptions {
  /** Made when something is kept. */
  readonly directory: string
}

const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600
// What `replaceFileSync` writes, before it has the name.
const UNFINISHED = '.new'

export function directoryState({ directory }: DirectoryStateOptions): StateStore {
  const locate = (name: string): string => join(directory, name)

  function pathOf(name: string): string {
    requireStateName(name)
    return locate(name)
  }

  return {
    locate,
    read: (name) => unlessAbsent(() => new Uint8Array(readFileSync(pathOf(name)))),
    replace(name, bytes) {
      const path = pathOf(name)
      mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE })
      replaceFileSync(path, bytes, { mode: FILE_MODE })
    },
    list() {
      const entries = unlessAbsent(() => readdirSync(directory, { withFileTypes: true })) ?? []
      return entries
        .filter((entry) => entry.isFile() && isStateName(entry.name))
        .map(({ name }) => name)
        .toSorted()
    },
    remove: (name) => rmSync(pathOf(name), { force: true }),
    removeUnfinished() {
      for (const file of unlessAbsent(() => readdirSync(directory)) ?? []) {
        const name = file.slice(0, -UNFINISHED.length)
        if (file.endsWith(UNFINISHED) && isStateName(name))
          rmSync(join(directory, file), { force: true })
      }
    },
  }
}

function unlessAbsent<Value>(work: () => Value): Value | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
