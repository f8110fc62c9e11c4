/**
 * Versions of agents as they come: each is loaded, approved, and served in place of the one before. Each leaves a
 * record in the audit log.
 *
 * @module
 */

import { isMayflyError, MayflyError } from '../../runtime/errors/index.ts'
import type { Attenuation } from '../../runtime/policy/index.ts'
import type { DeployOptions, DeployResult, Order } from '../control/index.ts'
import { Admission, type LoadedVersion } from './admission.ts'
import type { AgentBundle, HostedAgent, RefusedAgent } from './agent.ts'
import { checkFirstVersion } from './first-version.ts'
import { AgentHistory, revisionOf } from './agent-history.ts'
import { hashesOf, type Approval } from './agent-ledger.ts'
import { keepChange, servedBy, type RegistryParts } from './registry-parts.ts'

/** The agents that may be served, and why the others may not. */
export interface Admitted {
  readonly hosted: readonly HostedAgent[]
  /** The place of each of `hosted` among the agents that were to be admitted. */
  readonly indices: readonly number[]
  readonly refused: readonly RefusedAgent[]
}

type Since = readonly Attenuation[]

/** How a version takes the place of the one before. */
interface Replacement extends DeployOptions {
  /** As the audit log has it. */
  readonly action: 'deploy' | 'rollback'
  readonly order: Order
}

export class VersionChanges {
  readonly #parts: RegistryParts
  readonly #history = new AgentHistory()
  readonly #admission: Admission

  constructor(parts: RegistryParts) {
    this.#parts = parts
    this.#admission = new Admission(parts)
  }

  /** These are versions to roll back to, if others of the same names are admitted. */
  remember(agents: readonly AgentBundle[]): void {
    for (const bundle of agents) this.#history.serve(bundle)
  }

  async admit(agents: readonly AgentBundle[]): Promise<Admitted> {
    return this.#admitLoaded(agents, await this.#loadAll(agents))
  }

  /** @throws {MayflyError} why the first that may not be served may not, or does not load */
  async deploy(agents: readonly AgentBundle[]): Promise<void> {
    const loads = await this.#loadAll(agents)
    await this.#parts.queue.oneSwapAtATime(async () => {
      const { hosted, refused } = await this.#admitLoaded(agents, loads)
      const [first] = refused
      if (first !== undefined) throw first.error
      await this.#parts.bus()?.deploy(hosted)
    })
  }

  deployVersion(
    { manifest, component }: Pick<AgentBundle, 'manifest' | 'component'>,
    options: DeployOptions,
    order: Order,
  ): Promise<DeployResult> {
    const { queue, versions } = this.#parts
    const deployedBy = order.token?.deployer
    const bundle: AgentBundle = {
      manifest,
      component,
      revision: revisionOf(manifest, component),
      ...(deployedBy === undefined ? {} : { deployedBy }),
    }
    return queue.inTurn(manifest.name, async (since) => {
      order.token?.check(manifest, options)
      const result = await this.#replace(bundle, { action: 'deploy', order, ...options }, since)
      this.#history.serve(bundle)
      keepChange(manifest.name, () => versions.keep(bundle))
      return result
    })
  }

  rollBack(name: string, options: DeployOptions, order: Order): Promise<DeployResult | undefined> {
    const { queue, versions, bus } = this.#parts
    return queue.inTurn(name, async (since) => {
      if (servedBy(bus(), name) === undefined) return undefined
      const previous = this.#history.previous(name)
      if (previous === undefined) {
        throw new MayflyError('ERR_USAGE', `Cannot roll back agent "${name}": no earlier version`, {
          hint: 'Deploy the version there is to be: versions are known while the host runs',
        })
      }
      order.token?.check(previous.manifest, options)
      const result = await this.#replace(previous, { action: 'rollback', order, ...options }, since)
      this.#history.rolledBack(name)
      keepChange(name, () => versions.keep(previous))
      return result
    })
  }

  /** How many versions of an agent there are to roll back to. */
  earlierVersions(name: string): number {
    return this.#history.count(name)
  }

  /** All at once: none waits for another that never ends to load. */
  #loadAll(agents: readonly AgentBundle[]): Promise<PromiseSettledResult<LoadedVersion>[]> {
    return Promise.allSettled(agents.map((bundle) => this.#load(bundle)))
  }

  #load(bundle: AgentBundle): Promise<LoadedVersion> {
    return this.#admission.load(bundle, this.#parts.bus()?.agents ?? [])
  }

  async #admitLoaded(
    agents: readonly AgentBundle[],
    loads: readonly PromiseSettledResult<LoadedVersion>[],
  ): Promise<Admitted> {
    const { allowNewCapabilities } = this.#parts
    const hosted: HostedAgent[] = []
    const indices: number[] = []
    const refused: RefusedAgent[] = []
    for (const [index, load] of loads.entries()) {
      const name = agents[index]?.manifest.name ?? ''
      try {
        if (load.status === 'rejected') throw load.reason
        const { hosted: admitted } = await this.#admission.admit(load.value, allowNewCapabilities)
        this.#history.serve(load.value.bundle)
        hosted.push(admitted)
        indices.push(index)
      } catch (error) {
        if (!isMayflyError(error)) throw error
        refused.push({ index, name, error })
      }
    }
    return { hosted, indices, refused }
  }

  /** Serves `bundle` in place of the agent of that name. */
  async #replace(
    bundle: AgentBundle,
    replacement: Replacement,
    since: Since,
  ): Promise<DeployResult> {
    const startedAt = performance.now()
    const { queue, audit } = this.#parts
    const { name } = bundle.manifest
    const version = await hashesOf(bundle)
    const { action, order } = replacement
    const { caller } = order
    const record = { kind: 'deploy', agent: name, ...version, action, caller } as const
    try {
      // Outside of the swap: other agents do not wait for one that loads slowly, or never.
      const loaded = await this.#load(bundle)
      const { diff, isNew } = await queue.oneSwapAtATime(() =>
        this.#swap(loaded, replacement, since),
      )
      const tookMs = performance.now() - startedAt
      audit?.append({ ...record, outcome: 'completed', durationMs: tookMs })
      const { gained = [], lost = [] } = diff ?? {}
      return { agent: name, ...version, isNew, gained, lost, tookMs }
    } catch (error) {
      const reason = isMayflyError(error) ? error.code : 'failed'
      audit?.append({ ...record, outcome: 'refused', reason })
      throw error
    }
  }

  async #swap(
    loaded: LoadedVersion,
    { allowNew, order }: Replacement,
    since: Since,
  ): Promise<Pick<Approval, 'diff'> & Pick<DeployResult, 'isNew'>> {
    const { ledger, bus } = this.#parts
    const { name } = loaded.bundle.manifest
    if (order.token?.mayApprove === false) checkFirstVersion(ledger, loaded, order.caller)
    const undo = ledger.checkpoint(name)
    try {
      const { hosted, approval } = await this.#admission.admit(loaded, allowNew, since)
      const served = bus()?.agents ?? []
      const isNew = servedBy(bus(), name) === undefined
      await bus()?.deploy(
        isNew
          ? [...served, hosted]
          : served.map((agent) => (agent.manifest.name === name ? hosted : agent)),
      )
      return { diff: approval.diff, isNew }
    } catch (error) {
      undo()
      throw error
    }
  }
}
