/** The places that agents of a tenant share, for all tenants of a runtime. @module */
import { Places } from './places.ts'

/** Agents that share one bound. */
export interface TenantBound {
  /** The name of the tenant. */
  readonly name: string
  /** Invocations of all its agents together that run at once. */
  readonly concurrency: number
}

/** The places of all agents of one tenant. */
export interface TenantPlaces {
  readonly name: string
  readonly places: Places
}

export class Tenants {
  readonly #boundOf: (agent: string) => TenantBound | undefined
  readonly #known = new Map<string, TenantPlaces>()

  constructor(boundOf: (agent: string) => TenantBound | undefined = () => undefined) {
    this.#boundOf = boundOf
  }

  /** The places of an agent's tenant, the same for all its versions; `undefined` where there is no bound. */
  placesOf(agent: string): TenantPlaces | undefined {
    const bound = this.#boundOf(agent)
    if (bound === undefined) return undefined
    const { name, concurrency } = bound
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const made = { name, places: new Places(concurrency) }
    this.#known.set(name, made)
    return made
  }
}
