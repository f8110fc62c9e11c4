/**
 * The file of a ledger: its entries, one for each agent, and older files taken over.
 *
 * A host of version 1 did not know which grants were taken, only what was left, and neither limits nor routes.
 *
 * @module
 */

import type { Capabilities, Manifest } from '../../runtime/manifest/index.ts'
import { takenBetween, type TakenGrant } from '../../runtime/policy/index.ts'
import { LEDGER_FILE } from '../data-directory/index.ts'
import type { KeptUses } from './lease-counts.ts'
import { readState, unreadable, writeState, type StateFileKind } from './state-file.ts'
import type { StateStore } from './state/index.ts'

/** The approved version of an agent, and what has become of its grants. */
export interface LedgerEntry
  extends
    KeptUses,
    Partial<Pick<Manifest, 'features' | 'limits' | 'route' | 'hosts' | 'schedule' | 'consumes'>> {
  readonly component: string
  readonly policy: string
  readonly imports: readonly string[]
  /** All that its manifest grants. */
  readonly capabilities: Capabilities
  readonly approvedAt: string
  readonly disabled?: boolean
  /** The remaining `capabilities`. */
  readonly narrowed?: Capabilities
  /** What was taken from this or an earlier version, and not given back. */
  readonly taken?: readonly TakenGrant[]
}

export type LedgerEntries = Readonly<Record<string, LedgerEntry>>

// Operators look into it.
const INDENT = 2

const KIND: StateFileKind = {
  what: 'approvals',
  // An older host would drop what was taken, and so give it back.
  version: 2,
  hint: 'Put the file back, or take it away: then every agent is approved as it is deployed next',
}

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE when it is there and cannot be read, or a newer host wrote it */
export function readLedger(state: StateStore): LedgerEntries {
  const { agents, version } = readState(state, LEDGER_FILE, KIND) ?? { agents: {} }
  if (typeof agents !== 'object' || agents === null)
    throw unreadable(state.locate(LEDGER_FILE), KIND)
  // Written by this module only.
  const entries = agents as LedgerEntries
  if (version !== 1) return entries
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name, fromFirst(entry)]),
  )
}

export function writeLedger(state: StateStore, agents: LedgerEntries): void {
  writeState(state, LEDGER_FILE, { version: KIND.version, agents }, INDENT)
}

function fromFirst(entry: LedgerEntry): LedgerEntry {
  const { capabilities, narrowed } = entry
  if (narrowed === undefined) return entry
  return { ...entry, taken: takenBetween(capabilities, narrowed, Date.now()) }
}
