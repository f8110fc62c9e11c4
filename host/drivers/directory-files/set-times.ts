/**
 * Times of files that a guest has set, to the nanosecond.
 *
 * Node takes times in seconds as a double: today's are exact to 240 ns. A file keeps what Node made of a time, and the
 * rest is kept here, as long as the area is open and nothing else changes the time. Other threads and later hosts see what the file has.
 *
 * @module
 */
import type { BigIntStats } from 'node:fs'
import type { FileTimes } from '../../../runtime/wasi/index.ts'

// Enough for a guest that unpacks an archive and compares; beyond it the oldest are as exact as Node has them.
const MAX_TIMES = 4096

interface SetTime {
  /** What the file has. */
  readonly stored: FileTimes
  /** What the guest has set. */
  readonly exact: FileTimes
}

export class SetTimes {
  /** By the number of the file. */
  readonly #times = new Map<bigint, SetTime>()

  /** The times of a file of these `stats`. */
  of(stats: BigIntStats): FileTimes {
    const found = timesOf(stats)
    const set = this.#times.get(stats.ino)
    if (set === undefined) return found
    const { stored, exact } = set
    return {
      accessedNs: stored.accessedNs === found.accessedNs ? exact.accessedNs : found.accessedNs,
      modifiedNs: stored.modifiedNs === found.modifiedNs ? exact.modifiedNs : found.modifiedNs,
    }
  }

  /** @param stats - of the file after its times were set to `exact` */
  set(stats: BigIntStats, exact: FileTimes): void {
    this.#times.delete(stats.ino)
    const [oldest] = this.#times.keys()
    if (oldest !== undefined && this.#times.size >= MAX_TIMES) this.#times.delete(oldest)
    this.#times.set(stats.ino, { stored: timesOf(stats), exact })
  }
}

function timesOf({ atimeNs, mtimeNs }: BigIntStats): FileTimes {
  return { accessedNs: atimeNs, modifiedNs: mtimeNs }
}
