/** Bytes of this process that lie in memory, after what is garbage has gone. @module */
import { setTimeout as sleep } from 'node:timers/promises'

const COLLECTIONS = 3
// What a collection frees, the allocator gives back a little later.
const SETTLE_MS = 100

export async function residentBytes(): Promise<number> {
  for (let round = 0; round < COLLECTIONS; round++) {
    globalThis.gc?.()
    await sleep(SETTLE_MS)
  }
  return process.memoryUsage.rss()
}
