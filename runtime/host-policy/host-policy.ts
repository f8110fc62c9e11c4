/**
 * The parsed policy of a host: what the manifests of its agents may ask for, by the word of its operator.
 *
 * A manifest can narrow it and never widen it. It is plain data, frozen all the way down. The descriptions of the
 * fields are in `schema.ts`.
 *
 * @module
 */
import type { Feature, Limits, Network } from '../manifest/index.ts'

/** The name of a number in `limits` of agent.json. */
export type LimitName = {
  [Name in keyof Limits]-?: NonNullable<Limits[Name]> extends number ? Name : never
}[keyof Limits]

/** A secret that agents may use. */
export interface AllowedSecret {
  /** A pattern of its name. */
  readonly name: string
  /**
   * Patterns of the hosts it may be sent to.
   *
   * @default every host that the rule names
   */
  readonly hosts?: readonly string[]
  /**
   * Patterns of uses as a key.
   *
   * @default none
   */
  readonly use?: readonly string[]
  /**
   * Patterns of agents that may read its text.
   *
   * @default none
   */
  readonly readableBy?: readonly string[]
}

/** The part that holds for every agent of a host, or of a tenant. */
export interface PolicyPart {
  /** Ceilings of `limits`. */
  readonly limits: Readonly<Partial<Record<LimitName, number>>>
  /** Ceilings of numbers inside grants, by capability. */
  readonly quotas: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Values of `limits.metering`. */
  readonly metering: readonly Limits['metering'][]
  readonly features: readonly Feature[]
  /** Values of `network` in http rules. */
  readonly networks: readonly Network[]
  /** Patterns of variables that `capabilities.config` may read. */
  readonly env: readonly string[]
  readonly secrets: readonly AllowedSecret[]
}

/** Agents that belong together. */
export interface Tenant extends PolicyPart {
  /** Patterns of their names. */
  readonly agents: readonly string[]
  /**
   * Patterns of their routes.
   *
   * @default the route that each has by its name
   */
  readonly routes?: readonly string[]
  /** Patterns of host names that they may have. */
  readonly hosts: readonly string[]
  /** Patterns of agents of others that they may call. */
  readonly tools: readonly string[]
  /**
   * Invocations of all of them together that run at once in one worker.
   *
   * @default none
   */
  readonly concurrency?: number
}

/** The policy of a host. */
export interface HostPolicy extends PolicyPart {
  /** By name. Absent when the host has no tenants. */
  readonly tenants?: Readonly<Record<string, Tenant>>
  /** Whether agents of no tenant are served, where there are tenants. */
  readonly outsideTenants: 'refuse' | 'allow'
}
