/**
 * Counts of uses of leases, in memory that all that serve an agent share.
 *
 * There is one for each place in `leaseNames`. Two places may share one: rules that came of one rule have its uses together.
 *
 * @module
 */

/** One count. */
export type UseCount = Int32Array<SharedArrayBuffer>

/** The counts of an agent, as its state keeps them. */
export interface KeptUses {
  /** How often each lease was used, in the order of `leaseNames`. */
  readonly uses?: readonly number[]
  /** For each, the first place that has the same count. Absent: each has its own. */
  readonly shared?: readonly number[]
}

export function newCount(used = 0): UseCount {
  const count = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  count[0] = used
  return count
}

/** @param places - how many there are: the state may be older than the first use */
export function countsFrom({ uses = [], shared = [] }: KeptUses, places: number): UseCount[] {
  const counts: UseCount[] = []
  for (let place = 0; place < places; place++) {
    // A place before, or itself.
    counts.push(counts[shared[place] ?? place] ?? newCount(uses[place]))
  }
  return counts
}

export function keptUses(counts: readonly UseCount[]): KeptUses {
  const uses = counts.map(usesIn)
  const shared = counts.map((count) => counts.indexOf(count))
  const isShared = shared.some((first, place) => first !== place)
  if (isShared) return { uses, shared }
  return uses.some((used) => used > 0) ? { uses } : {}
}

export function usesIn(count: UseCount): number {
  return Atomics.load(count, 0)
}
