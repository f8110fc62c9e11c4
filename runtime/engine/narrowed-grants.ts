/**
 * What an agent may do when a certain caller calls it: its own grants, less what the caller's manifest takes
 * away. Never more: what is no narrowing is refused, and when the agent's own grants shrink, these do.
 *
 * @module
 */
import { isMayflyError } from '../errors/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { leaseNames, narrowCapabilities, type Narrowing } from '../policy/index.ts'
import type { GrantedCapability } from './bind-imports.ts'

export interface NarrowedGrants {
  readonly capabilities: readonly GrantedCapability[]
  readonly narrowing: Narrowing
}

/** Whether `narrowing` takes nothing away. */
export function takesNothing({ revoke, narrow }: Narrowing): boolean {
  return revoke.length === 0 && Object.keys(narrow).length === 0
}

/** Leaves `grants` what the agent's own `capabilities`, which are now less, and the narrowing both allow. */
export function narrowAgain(
  { capabilities: granted, narrowing }: NarrowedGrants,
  capabilities: Capabilities,
): void {
  const left: Readonly<Record<string, unknown>> = { ...stillUnder(capabilities, narrowing) }
  for (const { capability, configured } of granted) configured.narrow?.(left[capability.name])
}

function stillUnder(capabilities: Capabilities, { revoke, narrow }: Narrowing): Capabilities {
  try {
    return narrowCapabilities(capabilities, { revoke, narrow })
  } catch (error) {
    if (!isMayflyError(error)) throw error
    // The agent has less now than the caller left it, in a part that cannot be told: so it has none of it.
    const known = leaseNames(capabilities)
    const gone = [...revoke, ...Object.keys(narrow)].filter((name) => known.includes(name))
    return narrowCapabilities(capabilities, { revoke: gone, narrow: {} })
  }
}
