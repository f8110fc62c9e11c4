/** The common parts of deploys and commands of one registry. @module */

import { MayflyError } from '../../runtime/errors/index.ts'
import type { Admission, AdmissionOptions } from './admission.ts'
import type { AgentHistory } from './agent-history.ts'
import type { AgentBundle, HostedAgent } from './agent.ts'
import type { CommandBus } from './commands/index.ts'
import type { AssetKeeper } from './asset-keeper.ts'
import type { PackedMap } from '../source-maps/index.ts'
import type { DeployQueue } from './deploy-queue.ts'
import type { VersionStore } from './version-store.ts'

export interface RegistryOptions extends AdmissionOptions {
  readonly versions: VersionStore
  /**
   * Versions to roll back to.
   *
   * @default those since the start, in memory
   */
  readonly history?: AgentHistory
  /**
   * Keeps the files of agents.
   *
   * @default an agent with assets is refused
   */
  readonly assets?: AssetKeeper
  /** Whether versions that may do more than the one before are served at the start. */
  readonly allowNewCapabilities: boolean
  /**
   * Packs the source map of a version that is deployed.
   *
   * @default none: source maps are dropped
   * @throws {MayflyError} ERR_USAGE when the text is none
   */
  readonly packMap?: (text: string) => PackedMap
}

export interface RegistryParts extends RegistryOptions {
  readonly history: AgentHistory
  readonly queue: DeployQueue
  readonly admission: Admission
  /** Read for every change: nothing serves yet while a host starts. */
  readonly bus: () => CommandBus | undefined
}

export function servedBy(bus: CommandBus | undefined, name: string): HostedAgent | undefined {
  return bus?.agents.find(({ manifest }) => manifest.name === name)
}

/** The agents served by `bus`, with `hosted` in place of the one of its name, or beside them. */
export function withServed(bus: CommandBus | undefined, hosted: HostedAgent): HostedAgent[] {
  const { name } = hosted.manifest
  const served = bus?.agents ?? []
  if (servedBy(bus, name) === undefined) return [...served, hosted]
  return served.map((agent) => (agent.manifest.name === name ? hosted : agent))
}

/** The version that `agent` came of. */
export function bundleOf(agent: HostedAgent): AgentBundle {
  const { manifest, granted, component, revision, assets, sourceMap, deployedBy } = agent
  const [base = revision] = revision.split(' ', 1)
  return {
    manifest: { ...manifest, capabilities: granted },
    component,
    revision: base,
    ...(assets === undefined ? {} : { assets }),
    ...(sourceMap === undefined ? {} : { sourceMap }),
    ...(deployedBy === undefined ? {} : { deployedBy }),
  }
}

/**
 * Writes the change of an agent, for the next start. Called after the change was carried out: the write can wait, and the
 * change cannot.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE when it cannot be written
 */
export function keepChange(agent: string, write: () => void): void {
  try {
    write()
  } catch (cause) {
    throw new MayflyError(
      'ERR_HOST_UNAVAILABLE',
      `Cannot keep what was changed of agent "${agent}": it holds until this host ends`,
      { cause, hint: 'Make room in the data directory, then ask again', facts: { agent } },
    )
  }
}
