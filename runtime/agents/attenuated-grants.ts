/**
 * The grants of an agent for calls from one caller: its own grants, without those that the caller's manifest takes away.
 * They are never more than its own: a change that is not an attenuation is refused, and when the agent's own grants
 * shrink, so do these.
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

/** Reduces `grants` to those that the agent's reduced `capabilities` and the attenuation both allow. */
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
    // The agent's own grant is now smaller than the one for the caller, and the two cannot be compared, so the part goes.
    const known = leaseNames(capabilities)
    const gone = [...revoke, ...Object.keys(narrow)].filter((name) => known.includes(name))
    return attenuateCapabilities(capabilities, { revoke: gone, narrow: {} })
  }
}
