/**
 * Keeps rewritten core modules in a folder, one file each, named by the digest of their source.
 *
 * A file that cannot be read or written is not an error: the module is rewritten once more.
 *
 * @module
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CodeStore } from '../../../runtime/stamp/index.ts'
import { replaceFile } from '../../files/index.ts'

/** Where the files are. */
export interface CodeStoreOptions {
  /** Made if it does not exist. Only the host may write to it: its files are executed. */
  directory: string
}

/**
 * Keeps rewritten modules in files, for `codeStore` of `RuntimeOptions`: an agent that was loaded before loads faster.
 */
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
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 })
        // Threads of one process write the same module at the same time.
        await replaceFile(pathOf(key), bytes, { mode: 0o600 })
      } catch {
        return
      }
    },
  }
}
