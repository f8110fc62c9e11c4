/**
 * Keeps rewritten core modules in a folder, one file each, named by what they were made from.
 *
 * A file is written beside its place and moved there whole. What cannot be read or written is no error: the
 * module is rewritten once more.
 *
 * @module
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CodeStore } from '../../../runtime/stamp/index.ts'

export interface CodeStoreOptions {
  /** Made when it is not there. Nobody but the host may write to it: its files are executed. */
  directory: string
}

let lastTemporary = 0

export function codeStore({ directory }: CodeStoreOptions): CodeStore {
  const pathOf = (key: string): string => join(directory, `${key}.wasm`)
  return {
    async get(key) {
      try {
        return new Uint8Array(await readFile(pathOf(key)))
      } catch {
        return undefined
      }
    },
    async set(key, bytes) {
      // Threads of one process write the same module at the same time.
      const temporary = join(
        directory,
        `${key}.${process.pid}-${lastTemporary++}-${performance.now()}`,
      )
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 })
        await writeFile(temporary, bytes, { mode: 0o600 })
        await rename(temporary, pathOf(key))
      } catch {
        await rm(temporary, { force: true }).catch(() => {})
      }
    },
  }
}
