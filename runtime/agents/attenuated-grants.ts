/**
 * What an agent may do when a certain caller calls it: its own grants, less what the caller's manifest takes
 * away. Never more: what is no attenuation is refused, and when the agent's own grants shrink, these do.
 *
 * @module
 */
import { isMayflyError } from '../errors/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import { leaseNames, attenuateCapabilities, type Attenuation } from '../policy/index.ts'
import type { GrantedCapability } from './bind-imports.ts'

export interface AttenuatedGrants {
  readonly capabilities: readonly GrantedCapability[]
  readonly attenuation: Attenuation
}

/** Whether `attenuation` takes nothing away. */
export function takesNothing({ revoke, narrow }: Attenuation): boolean {
  return revoke.length === 0 && Object.keys(narrow).length === 0
}

/** Leaves `grants` what the agent's own `capabilities`, which are now less, and the attenuation both allow. */
export function attenuateAgain(
  { capabilities: granted, attenuation }: AttenuatedGrants,
  capabilities: Capabilities,
): void {
  const left: Readonly<Record<string, unknown>> = { ...stillUnder(capabilities, attenuation) }
  for (const { capability, configured } of granted) configured.attenuate?.(left[capability.name])
}

function stillUnder(capabilities: Capabilities, { revoke, narrow }: Attenuation): Capabilities {
  try {
    return attenuateCapabilities(capabilities, { revoke, narrow })
  } catch (error) {
    if (!isMayflyError(error)) throw error
    // The agent has less now than the caller left it, in a part that cannot be told: so it has none of it.
    const known = leaseNames(capabilities)
    const gone = [...revoke, ...Object.keys(narrow)].filter((name) => known.includes(name))
    return attenuateCapabilities(capabilities, { revoke: gone, narrow: {} })
  }
}
