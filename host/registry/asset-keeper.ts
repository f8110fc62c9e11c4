/**
 * Keeps the packs of assets where all that serve can read them: a file for each, named by agent and content.
 *
 * Agents do not share files: one could not tell by another's whether that has the same.
 *
 * @module
 */
import { MayflyError } from '../../runtime/errors/index.ts'
import { checkPack, type PackedAssets } from '../assets/index.ts'
import type { AgentBundle } from './agent.ts'
import type { StateStore } from './state/index.ts'

const SUFFIX = '.pack'
const NAMED_BY = 16 // Hexadecimal digits of a digest: enough for the versions of one agent

export class AssetKeeper {
  readonly #store: StateStore | undefined

  /** @param store - of these packs only, in files; without one the host keeps none */
  constructor(store: StateStore | undefined) {
    this.#store = store
  }

  /**
   * Returns `bundle` with its assets in a file of this host.
   *
   * @throws {MayflyError} ERR_USAGE when the pack is damaged or the host keeps none, ERR_HOST_UNAVAILABLE when it cannot be
   * written
   */
  kept(bundle: AgentBundle): AgentBundle {
    const { assets, manifest } = bundle
    if (assets?.bytes === undefined) return bundle
    const store = this.#store
    if (store === undefined) throw noAssets(manifest.name)
    // It may come from a client, which could claim the digest of another.
    const { digest } = checkPack(assets.bytes)
    const name = nameOf(manifest.name, digest)
    try {
      store.replace(name, assets.bytes)
    } catch (cause) {
      throw new MayflyError(
        'ERR_HOST_UNAVAILABLE',
        `Cannot keep the assets of agent "${manifest.name}"`,
        { cause, hint: 'Make room in the data directory, then ask again' },
      )
    }
    return { ...bundle, assets: { digest, file: store.locate(name) } }
  }

  /** The kept assets of an agent. @throws {Error} when they are gone */
  find(agent: string, digest: string): PackedAssets {
    const store = this.#store
    const name = nameOf(agent, digest)
    if (store === undefined || !store.list().includes(name)) throw new Error('its assets are gone')
    return { digest, file: store.locate(name) }
  }

  /** Forgets assets of an agent. There may be none. */
  remove(agent: string, digest: string): void {
    this.#store?.remove(nameOf(agent, digest))
  }

  /**
   * Removes all but those of `bundles` and of `others`. To be called before something is served.
   *
   * @param others - assets of versions that may be served again. @default none
   */
  sweep(
    bundles: readonly AgentBundle[],
    others: readonly { readonly agent: string; readonly digest: string }[] = [],
  ): void {
    const store = this.#store
    if (store === undefined) return
    const used = new Set([
      ...bundles.map(({ manifest, assets }) => assets && nameOf(manifest.name, assets.digest)),
      ...others.map(({ agent, digest }) => nameOf(agent, digest)),
    ])
    store.removeUnfinished()
    for (const name of store.list()) if (!used.has(name)) store.remove(name)
  }
}

function nameOf(agent: string, digest: string): string {
  return `${agent}.${digest.slice(0, NAMED_BY)}${SUFFIX}`
}

function noAssets(agent: string): MayflyError {
  return new MayflyError(
    'ERR_USAGE',
    `Cannot serve the assets of agent "${agent}": this host keeps none`,
    {
      hint: 'Take "assets" out of its agent.json, or serve it with mayfly serve',
    },
  )
}
