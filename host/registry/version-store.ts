/**
 * Versions of agents that came over the control plane, kept for the next start of the host.
 *
 * One is served again as long as the host is started with the version that it had replaced. Where that has changed, the
 * operator has something newer in mind: then the version is forgotten.
 *
 * @module
 */

import { manifestFromObject } from '../../runtime/manifest/index.ts'
import type { Deployer } from '../control/index.ts'
import { sha256 } from '../digest/index.ts'
import type { AgentBundle } from './agent.ts'
import { AssetKeeper } from './asset-keeper.ts'
import { revisionOf } from './revision/index.ts'
import { readState, unreadable, writeState, type StateFileKind } from './state-file.ts'
import type { StateStore } from './state/index.ts'
import { componentFile, mapFile, readComponent, readMap, removeParts } from './version-parts.ts'

const SUFFIX = '.json'

const KIND: StateFileKind = {
  what: 'deployed agent',
  version: 1,
  hint: 'Take the file away, and deploy the agent again',
}

/** The part of a version that is written beside its component. */
interface StoredVersion extends Readonly<Record<string, unknown>> {
  readonly version: 1
  /** The revision it had replaced; nothing when there was no agent of its name. */
  readonly base: string | undefined
  readonly manifest: unknown
  /** Name of the component in the same store. */
  readonly component: string
  /** Of the component, in hexadecimal. */
  readonly sha256: string
  /** Name of the packed source map in the same store. Absent when it has none. */
  readonly sourceMap?: string
  /** Digest of its assets. Absent when it has none. */
  readonly assets?: string
  /** The token that it came with. */
  readonly deployedBy?: Deployer
}

export class VersionStore {
  readonly #state: StateStore | undefined
  /** Revisions the host was started with, by name. */
  readonly #bases = new Map<string, string>()

  readonly #assets: AssetKeeper

  /**
   * @param state - of these versions only; without one they are forgotten with the process
   * @param assets - keeps their assets; nothing does by default
   */
  constructor(state: StateStore | undefined, assets: AssetKeeper = new AssetKeeper(undefined)) {
    this.#state = state
    this.#assets = assets
  }

  /**
   * Returns the agents to serve: `given`, with deployed versions in place of them or beside them.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE when a kept version is damaged, or a newer host wrote it
   */
  merge(given: readonly AgentBundle[]): AgentBundle[] {
    const agents = [...given]
    for (const { manifest, revision } of given) this.#bases.set(manifest.name, revision)
    if (this.#state === undefined) return agents
    const used = new Set<string>()
    for (const name of namesIn(this.#state)) {
      const { base, bundle, files } = read(this.#state, name, this.#assets)
      const place = agents.findIndex(({ manifest }) => manifest.name === name)
      if (base !== agents[place]?.revision) {
        // First: a host that is killed here must not find a version without its component.
        this.#state.remove(name + SUFFIX)
        continue
      }
      for (const file of files) used.add(file)
      if (place === -1) agents.push(bundle)
      else agents[place] = bundle
    }
    // Of what was forgotten just now, and what a host that was killed has left.
    this.#state.removeUnfinished()
    for (const file of this.#state.list()) if (!used.has(file)) this.#state.remove(file)
    return agents
  }

  /** Keeps `bundle` as the version to serve. @throws {Error} when it cannot be written */
  keep({ manifest, component, revision, assets, sourceMap, deployedBy }: AgentBundle): void {
    const { name } = manifest
    const base = this.#bases.get(name)
    const state = this.#state
    if (state === undefined) return
    if (revision === base) {
      remove(state, name)
      return
    }
    const hash = sha256(component)
    const file = componentFile(name, hash)
    const map = sourceMap && { file: mapFile(name, sha256(sourceMap)), content: sourceMap }
    const stored: StoredVersion = {
      version: 1,
      base,
      manifest,
      component: file,
      sha256: hash,
      ...(map && { sourceMap: map.file }),
      ...(assets && { assets: assets.digest }),
      ...(deployedBy === undefined ? {} : { deployedBy }),
    }
    state.replace(file, component)
    if (map !== undefined) state.replace(map.file, new Uint8Array(map.content))
    writeState(state, name + SUFFIX, stored)
    removeParts(state, name, new Set(map === undefined ? [file] : [file, map.file]))
  }
}

function namesIn(state: StateStore): string[] {
  const files = state.list().filter((file) => file.endsWith(SUFFIX))
  return files.map((file) => file.slice(0, -SUFFIX.length)).toSorted()
}

function read(
  state: StateStore,
  name: string,
  keeper: AssetKeeper,
): {
  readonly base: string | undefined
  readonly bundle: AgentBundle
  readonly files: readonly string[]
} {
  const file = name + SUFFIX
  const kept = readState(state, file, KIND)
  try {
    // Only this class writes it; its content is checked below.
    const stored = kept as unknown as StoredVersion
    const manifest = manifestFromObject(stored.manifest)
    const component = readComponent(state, stored.component, stored.sha256)
    if (manifest.name !== name) throw new Error('it is of another agent')
    const bundle: AgentBundle = {
      manifest,
      component,
      revision: revisionOf(manifest, component, stored.assets),
      ...(stored.assets === undefined ? {} : { assets: keeper.find(name, stored.assets) }),
      ...readMap(state, stored.sourceMap),
      ...(stored.deployedBy === undefined ? {} : { deployedBy: stored.deployedBy }),
    }
    const files = [file, stored.component, ...(stored.sourceMap ? [stored.sourceMap] : [])]
    return { base: stored.base, bundle, files }
  } catch (cause) {
    throw unreadable(state.locate(file), KIND, cause)
  }
}

function remove(state: StateStore, name: string): void {
  state.remove(name + SUFFIX)
  removeParts(state, name, new Set())
}
