/**
 * The files of the versions that are kept: one for each agent names them, and components and source maps lie beside it,
 * named by agent and content.
 *
 * A version is kept once the file of its agent names it. What it consists of is written before and removed after, so a
 * host that is killed between two steps loses no version; what no file names then, the next start removes.
 *
 * @module
 */

import { manifestFromObject, type Manifest } from '../../runtime/manifest/index.ts'
import type { Deployer } from '../control/index.ts'
import { sha256 } from '../digest/index.ts'
import type { AgentBundle } from './agent.ts'
import type { AssetKeeper } from './asset-keeper.ts'
import { readState, unreadable, writeState, type StateFileKind } from './state-file.ts'
import type { StateStore } from './state/index.ts'
import { componentFile, mapFile, readComponent, readMap, removeParts } from './version-parts.ts'

const SUFFIX = '.json'

const KIND: StateFileKind = {
  what: 'versions',
  version: 1,
  hint: 'Take the file away: then the earlier versions of its agent are forgotten',
}

/** A version of an agent that was served. */
export interface KeptVersion {
  /** As that of its bundle. */
  readonly revision: string
  readonly manifest: Manifest
  /** Of the component, in hexadecimal. */
  readonly component: string
  readonly componentBytes: number
  readonly sourceMap?: { readonly sha256: string; readonly bytes: number }
  /** Digest of its assets. Absent when it has none. */
  readonly assets?: string
  /** The token that it came with. */
  readonly deployedBy?: Deployer
  /** Interfaces that it cannot do without. Absent when it was never loaded. */
  readonly imports?: readonly string[]
  /** Who has deployed it, as the audit log has it; `start` when the host was started with it. */
  readonly caller: string
  /** ISO 8601: when it was deployed last. */
  readonly deployedAt: string
  /** It was rolled back. */
  readonly withdrawn?: true
}

/** The facts of a version that are those of its bundle. */
export function recordOf({
  manifest,
  component,
  revision,
  assets,
  sourceMap,
  deployedBy,
}: AgentBundle): Omit<KeptVersion, 'caller' | 'deployedAt' | 'imports'> {
  return {
    revision,
    manifest,
    component: sha256(component),
    componentBytes: component.byteLength,
    ...(sourceMap && { sourceMap: { sha256: sha256(sourceMap), bytes: sourceMap.byteLength } }),
    ...(assets && { assets: assets.digest }),
    ...(deployedBy && { deployedBy }),
  }
}

export class HistoryFiles {
  readonly #state: StateStore | undefined
  readonly #assets: AssetKeeper
  /** Versions that are not written, by agent and revision: the disk was full, or nothing is written. */
  readonly #unwritten = new Map<string, AgentBundle>()

  /** @param state - of these versions only; without one they are in memory, which they share with those that serve them */
  constructor(state: StateStore | undefined, assets: AssetKeeper) {
    this.#state = state
    this.#assets = assets
  }

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE when a file cannot be read, or a newer host wrote it */
  read(): Map<string, readonly KeptVersion[]> {
    const state = this.#state
    if (state === undefined) return new Map()
    const files = state.list().filter((file) => file.endsWith(SUFFIX))
    return new Map(
      files.map((file) => {
        const name = file.slice(0, -SUFFIX.length)
        return [name, versionsIn(state, file, name)]
      }),
    )
  }

  /**
   * Makes `versions` those that are kept of an agent.
   *
   * @param added - the one of them that is not kept yet
   * @throws {Error} when it cannot be written: those before are kept then
   */
  write(name: string, versions: readonly KeptVersion[], added?: AgentBundle): void {
    if (added !== undefined) this.#unwritten.set(keyOf(added), added)
    const wanted = new Set(versions.map(keyOf))
    for (const [key, { manifest }] of this.#unwritten)
      if (manifest.name === name && !wanted.has(key)) this.#unwritten.delete(key)
    const state = this.#state
    if (state === undefined) return
    const unwritten = [...this.#unwritten].filter(([, { manifest }]) => manifest.name === name)
    for (const [, { component, sourceMap }] of unwritten) {
      state.replace(componentFile(name, sha256(component)), component)
      if (sourceMap !== undefined)
        state.replace(mapFile(name, sha256(sourceMap)), new Uint8Array(sourceMap))
    }
    writeState(state, name + SUFFIX, { version: KIND.version, versions })
    for (const [key] of unwritten) this.#unwritten.delete(key)
    removeParts(state, name, new Set(filesOf(name, versions)))
  }

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE when a part of it is gone or was changed */
  bundle(version: KeptVersion): AgentBundle {
    const { manifest, revision, sourceMap, assets, deployedBy } = version
    const { name } = manifest
    const unwritten = this.#unwritten.get(keyOf(version))
    if (unwritten !== undefined) return unwritten
    const state = this.#state
    const file = componentFile(name, version.component)
    if (state === undefined) throw unreadable(file, KIND)
    try {
      return {
        manifest,
        component: readComponent(state, file, version.component),
        revision,
        ...(assets !== undefined && { assets: this.#assets.find(name, assets) }),
        ...readMap(state, sourceMap && mapFile(name, sourceMap.sha256)),
        ...(deployedBy && { deployedBy }),
      }
    } catch (cause) {
      const hint = 'Deploy it again'
      throw unreadable(state.locate(file), { ...KIND, what: 'version', hint }, cause)
    }
  }

  /** Removes all files that `versions` do not have. */
  sweep(versions: ReadonlyMap<string, readonly KeptVersion[]>): void {
    const state = this.#state
    if (state === undefined) return
    state.removeUnfinished()
    const used = new Set([...versions].flatMap(([name, kept]) => filesOf(name, kept)))
    for (const file of state.list()) if (!used.has(file)) state.remove(file)
  }
}

function versionsIn(state: StateStore, file: string, name: string): readonly KeptVersion[] {
  const kept = readState(state, file, KIND)
  try {
    // Only this module writes it; manifests are parsed, and components are compared with their digests when they are used.
    const { versions } = kept as unknown as { readonly versions: readonly KeptVersion[] }
    return versions.map((version) => {
      const manifest = manifestFromObject(version.manifest)
      const isWhole = [version.revision, version.component].every(
        (text) => typeof text === 'string',
      )
      if (manifest.name !== name || !isWhole) throw new Error('it was changed')
      return { ...version, manifest }
    })
  } catch (cause) {
    throw unreadable(state.locate(file), KIND, cause)
  }
}

function keyOf({ manifest, revision }: Pick<AgentBundle, 'manifest' | 'revision'>): string {
  return `${manifest.name} ${revision}`
}

function filesOf(name: string, versions: readonly KeptVersion[]): string[] {
  const parts = versions.flatMap(({ component, sourceMap }) => [
    componentFile(name, component),
    ...(sourceMap ? [mapFile(name, sourceMap.sha256)] : []),
  ])
  return [name + SUFFIX, ...parts]
}
