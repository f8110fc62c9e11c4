/**
 * Counts of uses of leases, in memory that all that serve an agent share.
 *
 * There is one for each place in `leaseNames`. Two places may share one: rules that came of one rule have its uses
 * together. A version goes on with the counts of the one before, which may still be answering.
 *
 * @module
 */

import type { Capabilities } from '../../runtime/manifest/index.ts'
import { carriedUses, leaseNames } from '../../runtime/policy/index.ts'

/** One count. */
export type UseCount = Int32Array<SharedArrayBuffer>

/** The counts of an agent, as its state keeps them. */
export interface KeptUses {
  /** How often each lease was used, in the order of `leaseNames`. */
  readonly uses?: readonly number[]
  /** For each, the first place that has the same count. Absent: each has its own. */
  readonly shared?: readonly number[]
}

/** The approved version that counts are of. */
export type CountedVersion = KeptUses & { readonly capabilities: Capabilities }

export class LeaseCounts {
  readonly #counts = new Map<string, readonly UseCount[]>()

  /** The counts of an agent, in the order of `leaseNames`. */
  of(name: string, version: CountedVersion | undefined): readonly UseCount[] {
    const known = this.#counts.get(name)
    if (known !== undefined || version === undefined) return known ?? []
    const counts = countsFrom(version)
    this.#counts.set(name, counts)
    return counts
  }

  /** Goes on counting for a version with `capabilities`. */
  carry(name: string, before: CountedVersion | undefined, capabilities: Capabilities): void {
    this.#counts.set(
      name,
      this.#carried(name, before, capabilities).map((count) => count ?? newCount()),
    )
  }

  /** Counts anew for such a version. Returns the places where some uses were counted before. */
  renew(name: string, before: CountedVersion | undefined, capabilities: Capabilities): string[] {
    const carried = this.#carried(name, before, capabilities)
    this.#counts.set(
      name,
      carried.map(() => newCount()),
    )
    return leaseNames(capabilities).filter((_, place) => isUsed(carried[place]))
  }

  /** The same for the version that is counted, also where it is served already. */
  renewSame(name: string, version: CountedVersion): string[] {
    const counts = this.of(name, version)
    const used = leaseNames(version.capabilities).filter((_, place) => isUsed(counts[place]))
    for (const count of counts) Atomics.store(count, 0, 0)
    return used
  }

  /** Returns a function that puts the present counts of an agent back. */
  checkpoint(name: string): () => void {
    const counts = this.#counts.get(name)
    return () => {
      if (counts === undefined) this.#counts.delete(name)
      else this.#counts.set(name, counts)
    }
  }

  /** Each agent that was counted, with its counts. */
  *kept(): Generator<[name: string, uses: KeptUses]> {
    for (const [name, counts] of this.#counts) yield [name, keptUses(counts)]
  }

  #carried(
    name: string,
    before: CountedVersion | undefined,
    capabilities: Capabilities,
  ): (UseCount | undefined)[] {
    if (before === undefined) return leaseNames(capabilities).map(() => undefined)
    const counts = this.of(name, before)
    return carriedUses(before.capabilities, capabilities, counts.map(usesIn)).map((place) =>
      place === undefined ? undefined : counts[place],
    )
  }
}

export function newCount(used = 0): UseCount {
  const count = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  count[0] = used
  return count
}

export function usesIn(count: UseCount): number {
  return Atomics.load(count, 0)
}

export function keptUses(counts: readonly UseCount[]): KeptUses {
  const uses = counts.map(usesIn)
  const places = new Map(counts.map((count, place) => [count, place] as const).toReversed())
  const shared = counts.map((count) => places.get(count) ?? 0)
  if (places.size < counts.length) return { uses, shared }
  return uses.some((used) => used > 0) ? { uses } : {}
}

/** The state may be older than the first use. */
function countsFrom({ uses = [], shared = [], capabilities }: CountedVersion): UseCount[] {
  const counts: UseCount[] = []
  for (const place of leaseNames(capabilities).keys()) {
    // A place before, or itself.
    counts.push(counts[shared[place] ?? place] ?? newCount(uses[place]))
  }
  return counts
}

function isUsed(count: UseCount | undefined): boolean {
  return count !== undefined && usesIn(count) > 0
}
