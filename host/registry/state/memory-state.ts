/** State that is gone with the process: for hosts without a data directory, and for tests. @module */

import { requireStateName, type StateStore } from './state-store.ts'

/** @param kept - present content, by name; changed in place. @default empty */
export function memoryState(kept: Map<string, Uint8Array> = new Map()): StateStore {
  return {
    locate: (name) => `${name} in memory`,
    read(name) {
      requireStateName(name)
      const bytes = kept.get(name)
      return bytes && new Uint8Array(bytes)
    },
    replace(name, bytes) {
      requireStateName(name)
      kept.set(name, new Uint8Array(bytes))
    },
    list: () => [...kept.keys()].toSorted(),
    remove(name) {
      requireStateName(name)
      kept.delete(name)
    },
    removeUnfinished() {},
  }
}
