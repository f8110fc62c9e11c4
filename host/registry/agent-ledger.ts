/**
 * Facts about agents that the host keeps from one start to the next: approved powers, grants that were taken or used up
 * since, and disabled agents. It is one file of the state, written whole.
 *
 * An approval is for one component and one policy, by their hashes. Another version is approved automatically if it
 * gains nothing over what the agent has left; a version that gains powers needs an operator. The first version of an agent
 * is approved automatically. What an operator has taken stays away from every version until the operator gives it back,
 * and uses of leases are counted on: only an approval that allows new capabilities renews leases.
 *
 * @module
 */

import type { Digest } from '../../runtime/digest/index.ts'
import { canonical } from '../../runtime/grants/index.ts'
import { policyHash, type Capabilities } from '../../runtime/manifest/index.ts'
import {
  changedPlaces,
  leftAgain,
  restoreGrants,
  withoutTaken,
  withTaken,
  type CapabilityDiff,
  type LeftGrants,
  type TakenGrant,
} from '../../runtime/policy/index.ts'
import type { ApprovalSummary } from '../control/index.ts'
import { digestOf } from '../digest/index.ts'
import type { AgentBundle } from './agent.ts'
import { diffOf, eventsOf, pathsOf, heldBy, requireApproval } from './approval-diff.ts'
import { readLedger, writeLedger, type LedgerEntries, type LedgerEntry } from './ledger-file.ts'
import { keptUses, LeaseCounts, type UseCount } from './lease-counts.ts'
import type { StateStore } from './state/index.ts'

/** A version that is to be approved. */
export interface Candidate extends Pick<AgentBundle, 'manifest' | 'component'> {
  /** Interfaces that it cannot do without. */
  readonly imports: readonly string[]
}

/** A version that is looked at. */
export interface Reviewed
  extends Pick<Candidate, 'manifest' | 'imports'>, Pick<Approval, 'component' | 'policy'> {}

/** A version beside the approved one. */
export interface Comparison {
  /** Whether it is the very version that was approved last. */
  readonly isSame: boolean
  /** Nothing when it is, or none was approved. */
  readonly diff: CapabilityDiff | undefined
}

export interface ApprovalOptions {
  /** Whether it may do more than the version before; its leases begin anew then. */
  readonly allowNew: boolean
  /**
   * Whether leases begin anew also if this very version was approved before.
   *
   * @default false
   */
  readonly renewsSame?: boolean
}

export interface Approval extends Omit<LeftGrants, 'capabilities'> {
  readonly component: Digest
  readonly policy: Digest
  /** Nothing when this very version was approved before, or none was. */
  readonly diff: CapabilityDiff | undefined
  /** Places of leases whose uses are counted anew. */
  readonly renewed: readonly string[]
}

/** Grants that are about to be restored. */
export interface Restoration {
  /** What the agent has left until then. */
  readonly before: Capabilities
  readonly left: LeftGrants
  /** Notes that they are. @throws {Error} when it cannot be written */
  keep(): void
}

export class AgentLedger {
  readonly #state: StateStore
  readonly #counts = new LeaseCounts()
  #entries: LedgerEntries

  /**
   * @param state - of this ledger only
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE when it is there and cannot be read, or a newer host wrote it
   */
  constructor(state: StateStore) {
    this.#state = state
    this.#entries = readLedger(state)
  }

  /**
   * Approves a version of an agent.
   *
   * @throws {MayflyError} ERR_CAPABILITY_DENIED when it gains what it was not allowed
   */
  async approve(
    { imports, ...version }: Candidate,
    { allowNew, renewsSame = false }: ApprovalOptions,
  ): Promise<Approval> {
    const { name, capabilities, limits, features = [] } = version.manifest
    const paths = pathsOf(version.manifest)
    const { component, policy } = await hashesOf(version)
    const before = this.#entryOf(name)
    const { capabilities: left, ...lists } = this.leftOf(version)
    const { isSame, diff } = this.compare({
      manifest: version.manifest,
      imports,
      component,
      policy,
    })
    if (diff !== undefined) requireApproval(name, diff, allowNew)
    const renewed: string[] = []
    if (isSame && before !== undefined)
      renewed.push(...(allowNew && renewsSame ? this.#counts.renewSame(name, before) : []))
    else if (allowNew) renewed.push(...this.#counts.renew(name, before, capabilities))
    else this.#counts.carry(name, before, capabilities)
    const { disabled, taken = [] } = before ?? {}
    const entry = {
      ...{ component, policy, imports, capabilities, limits, features, ...paths },
      ...eventsOf(version.manifest),
      approvedAt: (isSame ? before?.approvedAt : undefined) ?? new Date().toISOString(),
      ...(disabled === undefined ? {} : { disabled }),
      ...narrowedTo(capabilities, left),
      ...(taken.length === 0 ? {} : { taken }),
      ...keptUses(this.uses(name)),
    }
    if (canonical(entry) !== canonical(before)) this.#put(name, entry)
    return { component, policy, diff, renewed, ...lists }
  }

  /** Compares a version with the approved one: what `approve` would have to allow. Changes nothing. */
  compare({ manifest, imports, component, policy }: Reviewed): Comparison {
    const before = this.#entryOf(manifest.name)
    const isSame =
      before?.component === component &&
      before.policy === policy &&
      // An older host kept neither limits nor paths.
      (before.limits === undefined || canonical(pathsOf(before)) === canonical(pathsOf(manifest)))
    if (before === undefined || isSame) return { isSame, diff: undefined }
    const { capabilities: left } = this.leftOf({ manifest })
    return { isSame, diff: diffOf(before, { ...manifest, imports }, left) }
  }

  /**
   * Returns a function that puts back the present entry of an agent. It is for a version that was approved and then does
   * not load: the version before must not seem to gain powers that the new one lacked. Commands of an operator since then
   * stay in force.
   */
  checkpoint(name: string): () => void {
    const entry = this.#entryOf(name)
    const putCountsBack = this.#counts.checkpoint(name)
    return () => {
      if (this.#entryOf(name) === entry) return
      putCountsBack()
      if (entry !== undefined) {
        const disabled = this.#entryOf(name)?.disabled
        this.#put(name, { ...entry, ...(disabled === undefined ? {} : { disabled }) })
      } else this.#delete(name)
    }
  }

  summaries(): ApprovalSummary[] {
    return Object.entries(this.#entries).map(([agent, entry]) => ({
      agent,
      component: entry.component,
      policy: entry.policy,
      approvedAt: entry.approvedAt,
      narrowed: entry.narrowed !== undefined,
      taken: (entry.taken ?? []).map(({ place, at, narrow }) => ({
        grant: place,
        at,
        ...(narrow === undefined ? {} : { narrow }),
      })),
      disabled: entry.disabled === true,
    }))
  }

  /** Whether a version of an agent was ever approved. */
  knows(name: string): boolean {
    return this.#entryOf(name) !== undefined
  }

  isDisabled(name: string): boolean {
    return this.#entryOf(name)?.disabled === true
  }

  /** The remaining grants of an approved agent; `undefined` when none was taken away. */
  narrowed(name: string): Capabilities | undefined {
    return this.#entryOf(name)?.narrowed
  }

  /** What any version of an agent has left. */
  leftOf({ manifest: { name, capabilities } }: Pick<AgentBundle, 'manifest'>): LeftGrants {
    const { taken = [], ...entry } = this.#entryOf(name) ?? { capabilities }
    const isKnown = changedPlaces(entry.capabilities, capabilities).length === 0
    return isKnown
      ? leftAgain(capabilities, heldBy(entry))
      : withoutTaken(capabilities, taken, heldBy(entry))
  }

  /** How often each lease of an approved agent was used, in the order of `leaseNames`. */
  uses(name: string): readonly UseCount[] {
    return this.#counts.of(name, this.#entryOf(name))
  }

  /** Keeps how often leases were used. Writes nothing when that is known. */
  keepUses(): void {
    const entries = { ...this.#entries }
    let isKnown = true
    for (const [name, kept] of this.#counts.kept()) {
      const { uses, shared, ...entry } = this.#entryOf(name) ?? {}
      if (!('component' in entry) || canonical({ uses, shared }) === canonical(kept)) continue
      isKnown = false
      entries[name] = { ...entry, ...kept }
    }
    if (!isKnown) this.#write(entries)
  }

  /** All in one write. */
  disableAll(names: readonly string[]): void {
    const entries = { ...this.#entries }
    for (const name of names) {
      const entry = this.#entryOf(name)
      if (entry !== undefined) entries[name] = { ...entry, disabled: true }
    }
    this.#write(entries)
  }

  disable(name: string, disabled: boolean): void {
    const entry = this.#entryOf(name)
    if (entry !== undefined) this.#put(name, { ...entry, disabled })
  }

  /**
   * Notes that grants were taken from the approved version.
   *
   * @param leave - returns what it has left of what it had. That is what its manifest grants, less what was taken before; the
   *   policy of the host may have lowered what is served of it
   */
  take(
    name: string,
    added: readonly TakenGrant[],
    leave: (held: Capabilities) => Capabilities,
  ): void {
    const entry = this.#entryOf(name)
    if (entry === undefined) return
    this.#putLeft(name, withTaken(entry.taken ?? [], added), leave(heldBy(entry)))
  }

  /**
   * Returns what the approved version has left once the grants at `places` are restored, and a function that notes that
   * they are.
   *
   * @throws {MayflyError} ERR_VALUE_MISMATCH for a place that nothing was taken from
   */
  restore(name: string, places: readonly string[]): Restoration | undefined {
    const entry = this.#entryOf(name)
    if (entry === undefined) return undefined
    const { capabilities: granted, taken: known = [] } = entry
    const before = heldBy(entry)
    const { taken, left } = restoreGrants({ granted, left: before, taken: known }, places)
    return { before, left, keep: () => this.#putLeft(name, taken, left.capabilities) }
  }

  #entryOf(name: string): LedgerEntry | undefined {
    return Object.hasOwn(this.#entries, name) ? this.#entries[name] : undefined
  }

  #putLeft(name: string, taken: readonly TakenGrant[], left: Capabilities): void {
    const { narrowed: _, taken: __, ...entry } = this.#entryOf(name) ?? {}
    if (!('capabilities' in entry)) return
    this.#put(name, {
      ...entry,
      ...narrowedTo(entry.capabilities, left),
      ...(taken.length === 0 ? {} : { taken }),
    })
  }

  #put(name: string, entry: LedgerEntry): void {
    this.#write({ ...this.#entries, [name]: entry })
  }

  #delete(name: string): void {
    const { [name]: _, ...others } = this.#entries
    this.#write(others)
  }

  #write(entries: LedgerEntries): void {
    this.#entries = entries
    writeLedger(this.#state, entries)
  }
}

/** The field of an entry for what is left; none when nothing was taken. */
function narrowedTo(capabilities: Capabilities, left: Capabilities): Pick<LedgerEntry, 'narrowed'> {
  return changedPlaces(capabilities, left).length === 0 ? {} : { narrowed: left }
}

/** The identity of a version: hashes of its component and its policy. */
export async function hashesOf({
  manifest,
  component,
}: Pick<AgentBundle, 'manifest' | 'component'>): Promise<Pick<Approval, 'component' | 'policy'>> {
  return { component: digestOf(component), policy: await policyHash(manifest) }
}
