/**
 * Gives back grants that an operator has taken. The agent is served anew with them: guests under way end with those they
 * had. Each restoring leaves a record in the audit log.
 *
 * @module
 */

import {
  capabilityDiff,
  changedPlaces,
  parseRestore,
  type LeftGrants,
} from '../../runtime/policy/index.ts'
import type { Capabilities } from '../../runtime/manifest/index.ts'
import type { Order, RestoreResult } from '../control/index.ts'
import type { LoadedVersion } from './admission.ts'
import type { AgentBundle } from './agent.ts'
import { hashesOf, type Restoration } from './agent-ledger.ts'
import { bundleOf, servedBy, withServed, type RegistryParts } from './registry-parts.ts'

export class GrantRestores {
  readonly #parts: RegistryParts

  constructor(parts: RegistryParts) {
    this.#parts = parts
  }

  /** @throws {MayflyError} ERR_VALUE_MISMATCH for a name that nothing was taken from */
  async restore(name: string, request: unknown, order: Order): Promise<RestoreResult | undefined> {
    const { queue, ledger, bus, admission } = this.#parts
    const names = parseRestore(request)
    // After a deploy of the agent that was asked for before.
    return queue.inTurn(name, async () => {
      const startedAt = performance.now()
      const [agent, asked] = [servedBy(bus(), name), ledger.restore(name, names)]
      if (agent === undefined || asked === undefined) return undefined
      // Outside of the swap, as for a deploy. Grants that are taken meanwhile are not among those that come back.
      const loaded = await admission.loadWith(bundleOf(agent), asked.left.capabilities)
      return queue.oneSwapAtATime(async () => {
        const { before, left } = await this.#swap(loaded, names, ledger.restore(name, names), order)
        return resultOf(loaded.bundle, before, left, performance.now() - startedAt)
      })
    })
  }

  async #swap(
    loaded: LoadedVersion,
    names: readonly string[],
    restoration: Restoration | undefined,
    { caller }: Order,
  ): Promise<Restoration> {
    const { ledger, bus, admission, log, audit } = this.#parts
    const { name: agent } = loaded.bundle.manifest
    if (restoration === undefined) throw new TypeError(`Cannot restore "${agent}": not approved`)
    const { before, left } = restoration
    const restored = changedPlaces(before, left.capabilities)
    const record = { kind: 'grants', agent, action: 'restore', caller } as const
    const rule = (restored.length === 0 ? names : restored).join(' ')
    const undo = ledger.checkpoint(agent)
    try {
      restoration.keep()
      if (restored.length > 0) {
        const hosted = await admission.anew(loaded, left.capabilities)
        await bus()?.deploy(withServed(bus(), hosted))
      }
    } catch (error) {
      undo()
      audit?.append({ ...record, rule, outcome: 'refused' })
      throw error
    }
    const { component, policy } = await hashesOf({
      ...loaded.bundle,
      manifest: { ...loaded.bundle.manifest, capabilities: left.capabilities },
    })
    audit?.append({ ...record, rule, component, policy, outcome: 'completed' })
    for (const place of restored) log.warn({ event: 'grants', agent }, `${place} is given back`)
    return restoration
  }
}

function resultOf(
  { manifest }: AgentBundle,
  before: Capabilities,
  { capabilities, revoked, narrowed }: LeftGrants,
  tookMs: number,
): RestoreResult {
  const powers = { ...manifest, imports: [] }
  const { gained } = capabilityDiff(
    { ...powers, capabilities: before },
    { ...powers, capabilities },
  )
  const restored = changedPlaces(before, capabilities)
  return { agent: manifest.name, restored, gained, revoked, narrowed, tookMs }
}
