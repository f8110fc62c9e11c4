/**
 * Times of files that a guest has set, to the nanosecond.
 *
 * Node takes times in seconds as a double: today's are exact to 240 ns. A file keeps what Node made of a time, and the
 * rest is kept here, as long as the area is open and nothing else changes the time.
 *
 * @module
 */
import type { BigIntStats } from 'node:fs'

// Enough for a guest that unpacks an archive and compares; beyond it the oldest are as exact as Node has them.
const MAX_TIMES = 4096

interface SetTime {
  /** What the file has. */
  readonly storedNs: bigint
  /** What the guest has set. */
  readonly exactNs: bigint
}

export class SetTimes {
  /** By the number of the file. */
  readonly #times = new Map<bigint, SetTime>()

  /** The time of a file of these `stats`, in nanoseconds since 1970. */
  of({ ino, mtimeNs }: BigIntStats): bigint {
    const set = this.#times.get(ino)
    return set?.storedNs === mtimeNs ? set.exactNs : mtimeNs
  }

  /** @param stats - of the file after its time was set to `exactNs` */
  set({ ino, mtimeNs }: BigIntStats, exactNs: bigint): void {
    this.#times.delete(ino)
    if (mtimeNs === exactNs) return
    const [oldest] = this.#times.keys()
    if (oldest !== undefined && this.#times.size >= MAX_TIMES) this.#times.delete(oldest)
    this.#times.set(ino, { storedNs: mtimeNs, exactNs })
  }
}
