/**
 * The description of one capability's grants: all that the manifest, the policy and the budgets know about it.
 *
 * A grant is pure data, and so is its description: no driver, no function that a guest calls.
 *
 * @module
 */
import type * as z from 'zod/mini'
import type { HostSide } from './host-side.ts'
import type { Parts } from './parts.ts'
import type { Power } from './power.ts'

/** The schema of one number in `limits`, with its sentence and its default. */
export type LimitField = z.ZodMiniDefault<z.ZodMiniNumber<number>>

/** The part of `limits` that bounds one invocation. */
export interface Limited<Budget extends string = string, Bound extends string = string> {
  /** Budgets that an invocation spends, together with the tools it calls. */
  readonly budgets: Readonly<Record<Budget, LimitField>>
  /** Other bounds, which nothing is spent of. */
  readonly bounds: Readonly<Record<Bound, LimitField>>
}

/**
 * @typeParam Grant - the parsed grant; includes `undefined` if a manifest without the field grants nothing
 */
export interface GrantKind<
  Grant = unknown,
  Budget extends string = string,
  Bound extends string = string,
> extends Limited<Budget, Bound> {
  /**
   * The schema of the capability's field in `capabilities`, with descriptions; parsing returns the grant.
   *
   * @param place - the schema for the place of a grant of any agent: `kv.notes`, `http[0]`
   */
  schema(place: z.ZodMiniType<string>): z.ZodMiniType
  /** The parts of a grant that an operator can revoke or narrow one by one; `noParts` when there are none. */
  readonly parts: Parts<Exclude<Grant, undefined>>
  /** The powers that the grant gives, one by one: a new version with more powers needs approval. */
  powers(grant: Exclude<Grant, undefined>): readonly Power[]
  /** What a host policy decides about; `noHostSide` when there is nothing. */
  readonly hostSide: HostSide<Exclude<Grant, undefined>>
}
