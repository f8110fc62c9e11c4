/**
 * Versions of agents as they come: each is loaded, approved, and served in place of the one before. Each leaves a
 * record in the audit log.
 *
 * @module
 */

import { isMayflyError } from '../../runtime/errors/index.ts'
import type { Manifest } from '../../runtime/manifest/index.ts'
import type {
  CheckOptions,
  DeployedVersion,
  DeployOptions,
  DeployResult,
  Order,
  RollBackOptions,
} from '../control/index.ts'
import { checkPack } from '../assets/index.ts'
import type { LoadedVersion } from './admission.ts'
import { AssetKeeper } from './asset-keeper.ts'
import type { AgentBundle, HostedAgent, RefusedAgent } from './agent.ts'
import { checkFirstVersion } from './first-version.ts'
import { revisionOf } from './revision/index.ts'
import { hashesOf, type Approval } from './agent-ledger.ts'
import { servedBy, withServed, type RegistryParts } from './registry-parts.ts'
import { VersionKeeping } from './version-keeping.ts'

/** The agents that may be served, and why the others may not. */
export interface Admitted {
  readonly hosted: readonly HostedAgent[]
  /** The place of each of `hosted` among the agents that were to be admitted. */
  readonly indices: readonly number[]
  readonly refused: readonly RefusedAgent[]
}

/** How a version takes the place of the one before. */
interface Replacement extends DeployOptions {
  /** As the audit log has it. */
  readonly action: 'deploy' | 'rollback'
  readonly order: Order
}

/** A version that is served now. */
interface Replaced {
  readonly result: DeployResult
  /** Interfaces that it cannot do without. */
  readonly imports: readonly string[]
}

const NO_ASSETS = new AssetKeeper(undefined)

export class VersionChanges {
  readonly #parts: RegistryParts
  readonly #keeping: VersionKeeping

  constructor(parts: RegistryParts) {
    this.#parts = parts
    this.#keeping = new VersionKeeping(parts)
  }

  /** Others are served in place of these, which are versions to roll back to. */
  remember(agents: readonly AgentBundle[]): void {
    for (const bundle of agents)
      this.#keeping.remember(bundle.manifest.name, () => this.#kept(bundle))
  }

  async admit(agents: readonly AgentBundle[]): Promise<Admitted> {
    const { loaded, ...admitted } = await this.#admitLoaded(agents, await this.#loadAll(agents))
    this.#keeping.expect(loaded)
    return admitted
  }

  /** Keeps the admitted versions that are served, to roll back to. To be called when they are. */
  keepServed(): void {
    this.#keeping.settle()
  }

  /** @throws {MayflyError} why the first that may not be served may not, or does not load */
  async deploy(agents: readonly AgentBundle[]): Promise<void> {
    const loads = await this.#loadAll(agents)
    const { queue, ledger, bus } = this.#parts
    await queue.oneSwapAtATime(async () => {
      const undos = agents.map(({ manifest }) => ledger.checkpoint(manifest.name))
      try {
        const { hosted, refused, loaded } = await this.#admitLoaded(agents, loads)
        const [first] = refused
        if (first !== undefined) throw first.error
        await bus()?.deploy(hosted)
        this.#keeping.expect(loaded)
        this.#keeping.settle()
      } catch (error) {
        for (const undo of undos) undo()
        throw error
      }
    })
  }

  async deployVersion(
    { manifest, component, sourceMapJson, assetPack }: DeployedVersion,
    options: DeployOptions,
    order: Order,
  ): Promise<DeployResult> {
    const { queue, packMap } = this.#parts
    const assets = assetPack && checkPack(assetPack)
    const map = sourceMapJson === undefined ? undefined : packMap?.(sourceMapJson)
    const deployedBy = order.token?.deployer
    const arrived: AgentBundle = {
      manifest,
      component,
      revision: revisionOf(manifest, component, assets?.digest),
      ...(assets === undefined ? {} : { assets }),
      ...(map === undefined ? {} : { sourceMap: map }),
      ...(deployedBy === undefined ? {} : { deployedBy }),
    }
    return queue.inTurn(manifest.name, async () => {
      this.#keeping.settle()
      order.token?.check(manifest, this.#checkOptions(manifest, options))
      const bundle = this.#kept(arrived)
      const { result, imports } = await this.#replace(bundle, {
        action: 'deploy',
        order,
        ...options,
      })
      const facts = { caller: order.caller, imports }
      this.#keeping.keep(bundle, (history) => history.serve(bundle, facts))
      return result
    })
  }

  rollBack(
    name: string,
    { to, ...options }: RollBackOptions,
    order: Order,
  ): Promise<DeployResult | undefined> {
    const { queue, bus, history } = this.#parts
    return queue.inTurn(name, async () => {
      this.#keeping.settle()
      // One that did not load at the start is served again that way.
      if (servedBy(bus(), name) === undefined && history.of(name).length === 0) return undefined
      const version = this.#keeping.earlier(name, to)
      order.token?.check(version.manifest, this.#checkOptions(version.manifest, options))
      const bundle = history.bundle(version)
      const { result } = await this.#replace(bundle, { action: 'rollback', order, ...options })
      this.#keeping.keep(bundle, () => history.rolledBack(name, version.revision))
      return result
    })
  }

  /** How many versions of an agent there are to roll back to. */
  earlierVersions(name: string): number {
    return this.#keeping.count(name)
  }

  #checkOptions({ name }: Manifest, { allowNew }: DeployOptions): CheckOptions {
    const { ledger, policy } = this.#parts
    // Otherwise the ledger lets no version have a tool that the one before lacks.
    const mayGain = allowNew || !ledger.knows(name)
    return { allowNew, addsTools: mayGain && policy?.tenants === undefined }
  }

  /** All at once: none waits for another that never ends to load. */
  #loadAll(agents: readonly AgentBundle[]): Promise<PromiseSettledResult<LoadedVersion>[]> {
    return Promise.allSettled(agents.map((bundle) => this.#load(bundle)))
  }

  async #load(bundle: AgentBundle): Promise<LoadedVersion> {
    return this.#parts.admission.load(this.#kept(bundle), this.#parts.bus()?.agents ?? [])
  }

  /** Returns `bundle` with its assets where servers find them. */
  #kept(bundle: AgentBundle): AgentBundle {
    return (this.#parts.assets ?? NO_ASSETS).kept(bundle)
  }

  async #admitLoaded(
    agents: readonly AgentBundle[],
    loads: readonly PromiseSettledResult<LoadedVersion>[],
  ): Promise<Admitted & { readonly loaded: readonly LoadedVersion[] }> {
    const { admission, allowNewCapabilities: allowNew } = this.#parts
    const hosted: HostedAgent[] = []
    const loaded: LoadedVersion[] = []
    const indices: number[] = []
    const refused: RefusedAgent[] = []
    for (const [index, load] of loads.entries()) {
      const name = agents[index]?.manifest.name ?? ''
      try {
        if (load.status === 'rejected') throw load.reason
        const { hosted: admitted } = await admission.admit(load.value, { allowNew })
        loaded.push(load.value)
        hosted.push(admitted)
        indices.push(index)
      } catch (error) {
        if (!isMayflyError(error)) throw error
        refused.push({ index, name, error })
      }
    }
    return { hosted, indices, refused, loaded }
  }

  /** Serves `bundle` in place of the agent of that name. */
  async #replace(bundle: AgentBundle, replacement: Replacement): Promise<Replaced> {
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
      const { approval, isNew } = await queue.oneSwapAtATime(() => this.#swap(loaded, replacement))
      const tookMs = performance.now() - startedAt
      audit?.append({ ...record, outcome: 'completed', durationMs: tookMs })
      const { diff, revoked, narrowed, renewed } = approval
      const { gained = [], lost = [] } = diff ?? {}
      return {
        result: {
          ...{ agent: name, ...version, isNew, gained, lost, revoked, narrowed, renewed },
          tookMs,
        },
        imports: loaded.prepared.interfaces,
      }
    } catch (error) {
      const reason = isMayflyError(error) ? error.code : 'failed'
      audit?.append({ ...record, outcome: 'refused', reason })
      throw error
    }
  }

  async #swap(
    loaded: LoadedVersion,
    { allowNew, order }: Replacement,
  ): Promise<{ readonly approval: Approval } & Pick<DeployResult, 'isNew'>> {
    const { ledger, bus, admission } = this.#parts
    const { name } = loaded.bundle.manifest
    if (order.token?.mayApprove === false) checkFirstVersion(ledger, loaded, order.caller)
    const undo = ledger.checkpoint(name)
    try {
      // Asked for by name: this very version may begin its leases anew.
      const options = { allowNew, renewsSame: true }
      const { hosted, approval } = await admission.admit(loaded, options)
      const isNew = servedBy(bus(), name) === undefined
      await bus()?.deploy(withServed(bus(), hosted))
      return { approval, isNew }
    } catch (error) {
      undo()
      throw error
    }
  }
}
