/**
 * The versions of agents that were served before, to roll back to. Kept while the host runs.
 *
 * @module
 */

import type { AgentBundle } from './agent.ts'

// Each holds its component.
const MAX_VERSIONS = 5

export class AgentHistory {
  readonly #served = new Map<string, AgentBundle>()
  readonly #earlier = new Map<string, AgentBundle[]>()

  /** `bundle` is served from now on. */
  serve(bundle: AgentBundle): void {
    const { name } = bundle.manifest
    const before = this.#served.get(name)
    this.#served.set(name, bundle)
    if (before === undefined || before.revision === bundle.revision) return
    const versions = this.#earlier.get(name) ?? []
    this.#earlier.set(name, [...versions, before].slice(-MAX_VERSIONS))
  }

  /** The version before the served one. */
  previous(name: string): AgentBundle | undefined {
    return this.#earlier.get(name)?.at(-1)
  }

  /** The version before is served again. The version after it is dropped from the history. */
  rolledBack(name: string): void {
    const versions = this.#earlier.get(name) ?? []
    const before = versions.at(-1)
    if (before === undefined) return
    this.#served.set(name, before)
    this.#earlier.set(name, versions.slice(0, -1))
  }

  /** How many there are. */
  count(name: string): number {
    return this.#earlier.get(name)?.length ?? 0
  }
}
