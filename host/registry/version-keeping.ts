/** Keeps the versions that are served, for the next start and to roll back to, and finds those to roll back to. @module */

import { MayflyError } from '../../runtime/errors/index.ts'
import type { LoadedVersion } from './admission.ts'
import type { AgentBundle } from './agent.ts'
import type { AgentHistory } from './agent-history.ts'
import type { KeptVersion } from './history-files.ts'
import { bundleOf, keepChange, servedBy, type RegistryParts } from './registry-parts.ts'

export class VersionKeeping {
  readonly #parts: RegistryParts
  /** Versions that no operator has deployed, until it is known whether they are served. */
  #admitted: readonly LoadedVersion[] = []

  constructor(parts: RegistryParts) {
    this.#parts = parts
  }

  /**
   * Another version of the agent `name` is served in place of one that is to roll back to.
   *
   * @param bundle - returns it, with its assets in a file
   */
  remember(name: string, bundle: () => AgentBundle): void {
    this.#quietly(name, (history) => history.remember(bundle()))
  }

  /** `loaded` will be served, unless a server refuses some of them. */
  expect(loaded: readonly LoadedVersion[]): void {
    this.settle()
    this.#admitted = loaded
  }

  /** Keeps those of the expected versions that are served. */
  settle(): void {
    for (const { bundle, prepared } of this.#admitted) {
      const { name } = bundle.manifest
      if (this.#servedRevision(name) !== bundle.revision) continue
      const facts = { caller: 'start', imports: prepared.interfaces }
      this.#quietly(name, (history) => history.serve(bundle, facts))
    }
    this.#admitted = []
  }

  /**
   * Keeps `bundle`, which is served now, as the one to serve after a restart, and in the history. The history knows it also
   * when neither can be written.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE when it cannot be written
   */
  keep(bundle: AgentBundle, note: (history: AgentHistory) => void): void {
    const { versions, history } = this.#parts
    keepChange(bundle.manifest.name, () => {
      try {
        versions.keep(bundle)
      } finally {
        note(history)
      }
    })
  }

  /**
   * Finds a version to roll back to.
   *
   * @param to - the beginning of its revision, or of the digest of its component. @default the version before
   * @throws {MayflyError} ERR_USAGE when there is none, or several
   */
  earlier(name: string, to: string | undefined): KeptVersion {
    const { history } = this.#parts
    const served = this.#servedRevision(name)
    const version = to === undefined ? history.previous(name, served) : history.find(name, to)
    if (version !== undefined && version.revision !== served) return version
    const state = version === undefined ? 'no earlier version' : `"${to}" is the version it serves`
    throw new MayflyError('ERR_USAGE', `Cannot roll back agent "${name}": ${state}`, {
      hint: `"mayfly control versions ${name}" shows those that are kept; --to names one`,
      facts: { agent: name },
    })
  }

  /** How many versions plain rollbacks come to. */
  count(name: string): number {
    return this.#parts.history.count(name, this.#servedRevision(name))
  }

  #servedRevision(name: string): string | undefined {
    const served = servedBy(this.#parts.bus(), name)
    return served && bundleOf(served).revision
  }

  /** For versions that no caller has asked for: the log has what goes wrong. */
  #quietly(agent: string, keep: (history: AgentHistory) => void): void {
    try {
      keep(this.#parts.history)
    } catch (error) {
      const facts = { event: 'versions', agent, error: String(error) }
      this.#parts.log.warn(facts, 'Cannot keep a version: it may not be there after a restart')
    }
  }
}
