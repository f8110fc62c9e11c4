/**
 * Keeps rewritten core modules in a folder, one file each, named by the digest of their source.
 *
 * A file begins with the digest of the module in it: one that was cut off or changed by accident is not used. Who may
 * write to the folder can write both, so the folder has to be the host's alone.
 *
 * A file that cannot be read or written is not an error: the module is rewritten once more.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { CodeStore } from '../../../runtime/stamp/index.ts'
import { replaceFile } from '../../files/index.ts'

/** Where the files are, and how many. */
export interface CodeStoreOptions {
  /** Made if it does not exist. Only the host may write to it: its files are executed. */
  directory: string
  /**
   * Size of all files, in bytes, above which those go that were not used for the longest time.
   *
   * @default 1_073_741_824
   */
  maxBytes?: number
}

const DIGEST_BYTES = 32
// Those without a digest are of earlier versions.
const FILE = /\.(?:code|wasm)$/

/**
 * Keeps rewritten modules in files, for `codeStore` of `RuntimeOptions`: an agent that was loaded before loads faster.
 */
export function codeStore({ directory, maxBytes = 1024 ** 3 }: CodeStoreOptions): CodeStore {
  const pathOf = (key: string): string => join(directory, `${key}.code`)
  return {
    async get(key) {
      try {
        const file = new Uint8Array(await readFile(pathOf(key)))
        const module = file.subarray(DIGEST_BYTES)
        if (!sha256(module).equals(file.subarray(0, DIGEST_BYTES))) return undefined
        const now = new Date()
        await utimes(pathOf(key), now, now).catch(() => {})
        return module
      } catch {
        return undefined
      }
    },
    async set(key, bytes) {
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 })
        // Threads of one process write the same module at the same time.
        await replaceFile(pathOf(key), Buffer.concat([sha256(bytes), bytes]), { mode: 0o600 })
        await prune(directory, maxBytes)
      } catch {
        return
      }
    },
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

async function prune(directory: string, maxBytes: number): Promise<void> {
  const names = (await readdir(directory)).filter((name) => FILE.test(name))
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name)
      const { mtimeMs, size } = await stat(path)
      return { path, mtimeMs, size }
    }),
  )
  let bytes = 0
  const old = files
    .toSorted((a, b) => b.mtimeMs - a.mtimeMs)
    .filter(({ size }) => (bytes += size) > maxBytes)
  await Promise.all(old.map(({ path }) => rm(path, { force: true })))
}
