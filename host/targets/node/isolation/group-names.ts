/**
 * Which agents share a process: those of one tenant.
 *
 * @module
 */

/** A version of an agent, as far as its group depends on it. */
export interface GroupedAgent {
  readonly manifest: { readonly name: string }
  /** The token that it came with. */
  readonly deployedBy?: { readonly tenant?: string }
}

export interface GroupNameOptions {
  /** Agents that the operator named at the start. */
  readonly local: readonly string[]
  /** The tenant that the policy of the host gives an agent. */
  readonly tenantOf: (agent: string) => string | undefined
}

/** The group of agents of the operator that have no tenant. */
const LOCAL = 'local'

export class GroupNames {
  readonly #local: ReadonlySet<string>
  readonly #tenantOf: GroupNameOptions['tenantOf']
  readonly #labels = new Map<string, string>()

  constructor({ local, tenantOf }: GroupNameOptions) {
    this.#local = new Set(local)
    this.#tenantOf = tenantOf
  }

  /** Takes the labels of the tokens that `agents` came with. To be called before they are loaded. */
  note(agents: readonly GroupedAgent[]): void {
    for (const { manifest, deployedBy } of agents) {
      const { name } = manifest
      if (deployedBy?.tenant === undefined) this.#labels.delete(name)
      else this.#labels.set(name, deployedBy.tenant)
    }
  }

  /** The policy decides before a token does. An agent of neither, and not of the operator, is alone. */
  of(agent: string): string {
    const tenant = this.#tenantOf(agent) ?? this.#labels.get(agent)
    if (tenant !== undefined) return `tenant ${tenant}`
    return this.#local.has(agent) ? LOCAL : `agent ${agent}`
  }
}
