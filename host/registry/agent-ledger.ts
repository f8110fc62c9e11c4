/**
 * Facts about agents that the host keeps from one start to the next: approved powers, grants that were narrowed or used
 * up since, and disabled agents. It is one file of the state, written whole.
 *
 * An approval is for one component and one policy, by their hashes. Another version is approved automatically if it
 * gains nothing; a version that gains powers needs an operator. The first version of an agent is approved automatically.
 *
 * @module
 */

import type { Digest } from '../../runtime/digest/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'
import { policyHash, type Capabilities } from '../../runtime/manifest/index.ts'
import { capabilityDiff, type CapabilityDiff } from '../../runtime/policy/index.ts'
import type { ApprovalSummary } from '../control/index.ts'
import { digestOf } from '../digest/index.ts'
import type { AgentBundle } from './agent.ts'
import { readState, unreadable, writeState, type StateFileKind } from './state-file.ts'
import type { StateStore } from './state/index.ts'

interface LedgerEntry {
  readonly component: string
  readonly policy: string
  readonly imports: readonly string[]
  readonly capabilities: Capabilities
  readonly approvedAt: string
  readonly disabled?: boolean
  /** The remaining `capabilities`. */
  readonly narrowed?: Capabilities
  /** How often each lease was used, in the order of `leaseNames`. */
  readonly uses?: readonly number[]
}

/** A version that is to be approved. */
export interface Candidate extends Pick<AgentBundle, 'manifest' | 'component'> {
  /** Interfaces that it cannot do without. */
  readonly imports: readonly string[]
}

export interface Approval {
  readonly component: Digest
  readonly policy: Digest
  /** Nothing when this very version was approved before, or none was. */
  readonly diff: CapabilityDiff | undefined
}

/** The name that approvals are kept under. */
export const LEDGER_FILE = 'agents.json'

// Operators look into it.
const INDENT = 2

const KIND: StateFileKind = {
  what: 'approvals',
  version: 1,
  hint: 'Put the file back, or take it away: then every agent is approved as it is deployed next',
}

export class AgentLedger {
  readonly #state: StateStore
  #entries: Readonly<Record<string, LedgerEntry>>

  /**
   * @param state - of this ledger only
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE when it is there and cannot be read, or a newer host wrote it
   */
  constructor(state: StateStore) {
    this.#state = state
    this.#entries = read(state)
  }

  /**
   * Approves a version of an agent.
   *
   * @throws {MayflyError} ERR_CAPABILITY_DENIED when it gains what it was not allowed
   */
  async approve({ imports, ...version }: Candidate, allowNew: boolean): Promise<Approval> {
    const { name, capabilities } = version.manifest
    const { component: digest, policy } = await hashesOf(version)
    const before = this.#entryOf(name)
    if (before?.component === digest && before.policy === policy) {
      return { component: digest, policy, diff: undefined }
    }
    const diff = before && capabilityDiff(before, { imports, capabilities })
    if (diff !== undefined && diff.gained.length > 0 && !allowNew) throw gains(name, diff)
    const { disabled } = before ?? {}
    this.#put(name, {
      component: digest,
      policy,
      imports,
      capabilities,
      approvedAt: new Date().toISOString(),
      ...(disabled === undefined ? {} : { disabled }),
    })
    return { component: digest, policy, diff }
  }

  /**
   * Returns a function that puts back the present entry of an agent. It is for a version that was approved and then does
   * not load: the version before must not seem to gain powers that the new one lacked. Commands of an operator since then
   * stay in force.
   */
  checkpoint(name: string): () => void {
    const entry = this.#entryOf(name)
    return () => {
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

  /** The same for any version. A version other than the approved one still has all grants. */
  async leftOf(
    version: Pick<AgentBundle, 'manifest' | 'component'>,
  ): Promise<Capabilities | undefined> {
    const entry = this.#entryOf(version.manifest.name)
    if (entry?.narrowed === undefined) return undefined
    const { component, policy } = await hashesOf(version)
    return entry.component === component && entry.policy === policy ? entry.narrowed : undefined
  }

  /** How often each lease of an approved agent was used; empty when none was. */
  uses(name: string): readonly number[] {
    return this.#entryOf(name)?.uses ?? []
  }

  /** Keeps how often leases were used. Writes nothing when that is known. */
  keepUses(name: string, uses: readonly number[]): void {
    const entry = this.#entryOf(name)
    if (entry === undefined || uses.every((count, index) => count === (entry.uses?.[index] ?? 0)))
      return
    this.#put(name, { ...entry, uses })
  }

  disable(name: string, disabled: boolean): void {
    const entry = this.#entryOf(name)
    if (entry !== undefined) this.#put(name, { ...entry, disabled })
  }

  attenuate(name: string, capabilities: Capabilities): void {
    const entry = this.#entryOf(name)
    if (entry !== undefined) this.#put(name, { ...entry, narrowed: capabilities })
  }

  #entryOf(name: string): LedgerEntry | undefined {
    return Object.hasOwn(this.#entries, name) ? this.#entries[name] : undefined
  }

  #put(name: string, entry: LedgerEntry): void {
    this.#write({ ...this.#entries, [name]: entry })
  }

  #delete(name: string): void {
    const { [name]: _, ...others } = this.#entries
    this.#write(others)
  }

  #write(entries: Readonly<Record<string, LedgerEntry>>): void {
    this.#entries = entries
    writeState(this.#state, LEDGER_FILE, { version: KIND.version, agents: entries }, INDENT)
  }
}

function read(state: StateStore): Readonly<Record<string, LedgerEntry>> {
  const { agents } = readState(state, LEDGER_FILE, KIND) ?? { agents: {} }
  if (typeof agents !== 'object' || agents === null)
    throw unreadable(state.locate(LEDGER_FILE), KIND)
  // Written by this class only.
  return agents as Readonly<Record<string, LedgerEntry>>
}

function gains(name: string, { gained, lost }: CapabilityDiff): MayflyError {
  const lines = [...gained.map((line) => `  + ${line}`), ...lost.map((line) => `  - ${line}`)]
  return new MayflyError(
    'ERR_CAPABILITY_DENIED',
    `Cannot deploy agent "${name}": it gains capabilities that were not approved\n${lines.join('\n')}`,
    {
      hint: 'Serve or deploy it with --allow-new-capabilities once, if it is to have them',
      facts: { agent: name, gained: gained.length, lost: lost.length },
    },
  )
}

/** The identity of a version: hashes of its component and its policy. */
export async function hashesOf({
  manifest,
  component,
}: Pick<AgentBundle, 'manifest' | 'component'>): Promise<Pick<Approval, 'component' | 'policy'>> {
  return { component: digestOf(component), policy: await policyHash(manifest) }
}
