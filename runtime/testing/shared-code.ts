/**
 * Rewritten modules that the runtimes of a process share: rewriting the engine of a JavaScript agent takes 100 ms, and
 * its code is the same in each.
 *
 * @module
 */
import type { CodeStore } from '../stamp/index.ts'

const codes = new Map<string, Uint8Array<ArrayBuffer>>()

/** For tests of what agents do; tests of how modules are rewritten use none. */
export const sharedCode: CodeStore = {
  get: async (key) => codes.get(key),
  set: async (key, bytes) => void codes.set(key, bytes),
}
