/** Bytes of this process that lie in memory, after garbage was collected. @module */
import { setTimeout as sleep } from 'node:timers/promises'

const COLLECTIONS = 3
// The allocator returns freed memory to the system a little after the collection.
const SETTLE_MS = 100

export async function residentBytes(): Promise<number> {
  for (let round = 0; round < COLLECTIONS; round++) {
    globalThis.gc?.()
    await sleep(SETTLE_MS)
  }
  return process.memoryUsage.rss()
}
