/**
 * The versions of agents that were served: the last ten of each, over restarts of the host, to list, to compare and to
 * serve again.
 *
 * A version that was rolled back is kept as well, and is withdrawn: it can be named, but no plain rollback comes to it.
 * So the newest version that is not withdrawn is the one that was served last.
 *
 * @module
 */

import { MayflyError } from '../../runtime/errors/index.ts'
import type { AgentBundle } from './agent.ts'
import { AssetKeeper } from './asset-keeper.ts'
import { HistoryFiles, recordOf, type KeptVersion } from './history-files.ts'
import type { StateStore } from './state/index.ts'

/** How many versions of one agent are kept. */
export const MAX_VERSIONS = 10
// The largest deploy has half of it.
const MAX_BYTES = 128 * 1024 * 1024
// As many as `mayfly control versions` prints of a digest.
const SHOWN_DIGITS = 12

export interface AgentHistoryOptions {
  /**
   * Of these versions only.
   *
   * @default memory: they are forgotten with the process
   */
  readonly state?: StateStore
  /**
   * Keeps their assets.
   *
   * @default nothing does
   */
  readonly assets?: AssetKeeper
  /**
   * Of the components and source maps of one agent. Older versions are dropped above it, and the last two never.
   *
   * @default 134_217_728
   */
  readonly maxBytes?: number
  /** @default the clock of the host */
  readonly now?: () => Date
}

/** What is known about a version that is served from now on. */
export interface ServedFacts {
  /** Who has deployed it, as the audit log has it; `start` when the host was started with it. */
  readonly caller: string
  /** Interfaces that it cannot do without. */
  readonly imports: readonly string[]
}

export class AgentHistory {
  readonly #files: HistoryFiles
  readonly #assets: AssetKeeper
  readonly #maxBytes: number
  readonly #now: () => Date
  readonly #versions: Map<string, readonly KeptVersion[]>

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE when a file of it cannot be read, or a newer host wrote it */
  constructor({
    state,
    assets = new AssetKeeper(undefined),
    maxBytes = MAX_BYTES,
    now = () => new Date(),
  }: AgentHistoryOptions = {}) {
    this.#files = new HistoryFiles(state, assets)
    this.#assets = assets
    this.#maxBytes = maxBytes
    this.#now = now
    this.#versions = this.#files.read()
  }

  /** The kept versions of an agent, the oldest first. */
  of(name: string): readonly KeptVersion[] {
    return this.#versions.get(name) ?? []
  }

  /**
   * `bundle` is served from now on. Known at once, also when it cannot be written.
   *
   * @throws {Error} when it cannot be written; the next change of the agent writes it
   */
  serve(bundle: AgentBundle, { caller, imports }: ServedFacts): void {
    const { name } = bundle.manifest
    const versions = this.of(name)
    const newest = versions.findLast(isInLine)
    if (newest?.revision === bundle.revision) {
      // One that the host was started with may have been remembered without being loaded.
      if (newest.imports !== undefined) return
      const next = versions.map((each) => (each === newest ? { ...each, imports } : each))
      this.#put(name, next, bundle)
      return
    }
    const others = versions.filter(({ revision }) => revision !== bundle.revision)
    const facts = { caller, imports, deployedAt: this.#now().toISOString() }
    this.#put(name, [...others, { ...recordOf(bundle), ...facts }], bundle)
  }

  /**
   * `bundle` is what the host was started with, and another version is served in its place. It is one to roll back to,
   * unless ten newer ones are.
   *
   * @throws {Error} when it cannot be written
   */
  remember(bundle: AgentBundle): void {
    const { name } = bundle.manifest
    const versions = this.of(name)
    const isKnown = versions.some(({ revision }) => revision === bundle.revision)
    if (isKnown || versions.length >= MAX_VERSIONS) return
    const facts = { caller: 'start', deployedAt: this.#now().toISOString() }
    this.#put(name, [{ ...recordOf(bundle), ...facts }, ...versions], bundle)
  }

  /**
   * The version of `revision` is served again: later ones are withdrawn.
   *
   * @throws {Error} when it cannot be written
   */
  rolledBack(name: string, revision: string): void {
    const versions = this.of(name)
    const place = versions.findIndex((version) => version.revision === revision)
    if (place === -1) return
    const next = versions.map(({ withdrawn, ...version }, index) =>
      index > place || (index < place && withdrawn === true)
        ? { ...version, withdrawn: true as const }
        : version,
    )
    this.#put(name, next)
  }

  /**
   * The version that was served before that of `served`.
   *
   * @param served - revision of the version that is served; without one, the last that was
   */
  previous(name: string, served: string | undefined): KeptVersion | undefined {
    return this.#earlier(name, served).at(-1)
  }

  /** How many versions plain rollbacks come to, one after the other. */
  count(name: string, served: string | undefined): number {
    return this.#earlier(name, served).length
  }

  /**
   * Finds a version by the beginning of its revision, or of the digest of its component.
   *
   * @throws {MayflyError} ERR_USAGE when there is none, or several; the hint lists them
   */
  find(name: string, prefix: string): KeptVersion {
    const digits = prefix.toLowerCase().replace(/^sha256:/, '')
    const versions = this.of(name)
    const found = versions.filter(
      ({ revision, component }) =>
        digits !== '' && (revision.startsWith(digits) || component.startsWith(digits)),
    )
    const [first] = found
    if (first !== undefined && found.length === 1) return first
    const what = `Cannot find version "${prefix}" of agent "${name}"`
    if (first === undefined) {
      throw new MayflyError('ERR_USAGE', `${what}: none that is kept begins with it`, {
        hint: `Kept are ${listed(versions)}`,
        facts: { agent: name },
      })
    }
    throw new MayflyError('ERR_USAGE', `${what}: ${found.length} begin with it`, {
      hint: `Name one by its revision: ${listed(found)}`,
      facts: { agent: name, found: found.length },
    })
  }

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE when a part of it is gone or was changed */
  bundle(version: KeptVersion): AgentBundle {
    return this.#files.bundle(version)
  }

  /** The assets of all versions that are kept. */
  assets(): { readonly agent: string; readonly digest: string }[] {
    return [...this.#versions].flatMap(([agent, versions]) =>
      versions.flatMap(({ assets: digest }) => (digest === undefined ? [] : [{ agent, digest }])),
    )
  }

  /** Removes what no version has, such as a host that was killed leaves. To be called before something is served. */
  sweep(): void {
    this.#files.sweep(this.#versions)
  }

  /** Versions before that of `served`, without those that are withdrawn. */
  #earlier(name: string, served: string | undefined): readonly KeptVersion[] {
    const versions = this.of(name)
    const place = versions.findIndex(({ revision }) => revision === served)
    return (place === -1 ? versions : versions.slice(0, place)).filter(isInLine)
  }

  #put(name: string, versions: readonly KeptVersion[], added?: AgentBundle): void {
    const kept = bounded(versions, this.#maxBytes)
    this.#versions.set(name, kept)
    this.#files.write(name, kept, added)
    const digests = new Set(kept.map(({ assets }) => assets))
    for (const { assets } of versions)
      if (assets !== undefined && !digests.has(assets)) this.#assets.remove(name, assets)
  }
}

function isInLine({ withdrawn }: KeptVersion): boolean {
  return withdrawn !== true
}

/** Leaves out the oldest, and neither of the last two that were served. */
function bounded(versions: readonly KeptVersion[], maxBytes: number): readonly KeptVersion[] {
  let kept = versions
  while (kept.length > MAX_VERSIONS || bytesOf(kept) > maxBytes) {
    const spared = kept.filter(isInLine).slice(-2)
    const oldest = kept.find((version) => !spared.includes(version))
    if (oldest === undefined) return kept
    kept = kept.filter((version) => version !== oldest)
  }
  return kept
}

/** Equal components of one agent are one file. */
function bytesOf(versions: readonly KeptVersion[]): number {
  const sizes = new Map(
    versions.map(({ component, componentBytes }) => [component, componentBytes]),
  )
  const maps = new Map(versions.map(({ sourceMap }) => [sourceMap?.sha256, sourceMap?.bytes ?? 0]))
  return [...sizes.values(), ...maps.values()].reduce((sum, bytes) => sum + bytes, 0)
}

function listed(versions: readonly KeptVersion[]): string {
  if (versions.length === 0) return 'none'
  return versions
    .map(
      ({ revision, component, deployedAt }) =>
        `${revision.slice(0, SHOWN_DIGITS)} (component ${component.slice(0, SHOWN_DIGITS)}, of ${deployedAt})`,
    )
    .join(', ')
}
