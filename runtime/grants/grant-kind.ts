/**
 * What one capability says about its grants: all that the manifest, the policy and the budgets know about it.
 *
 * A grant is pure data. So is what is said about it here: no driver, no function that a guest calls.
 *
 * @module
 */
import type * as z from 'zod/mini'
import type { Parts } from './parts.ts'
import type { Power } from './power.ts'

/** The schema of one number in `limits`, with its sentence and its default. */
export type LimitField = z.ZodMiniDefault<z.ZodMiniNumber<number>>

/** What `limits` bounds of one invocation. */
export interface Limited<Budget extends string = string, Bound extends string = string> {
  /** What an invocation spends, its tools with it. */
  readonly budgets: Readonly<Record<Budget, LimitField>>
  /** Other bounds, which nothing is spent of. */
  readonly bounds: Readonly<Record<Bound, LimitField>>
}

/**
 * @typeParam Grant - what parsing makes of the grant; with `undefined` where a manifest that leaves it out grants
 *   nothing
 */
export interface GrantKind<
  Grant = unknown,
  Budget extends string = string,
  Bound extends string = string,
> extends Limited<Budget, Bound> {
  /**
   * What may stand in `capabilities`, described, and what parsing makes of it.
   *
   * @param place - the schema of where a grant of any agent stands: `kv.notes`, `http[0]`
   */
  schema(place: z.ZodMiniType<string>): z.ZodMiniType
  /** What can be revoked and narrowed each; `noParts` when nothing can. */
  readonly parts: Parts<Exclude<Grant, undefined>>
  /** What the grant allows, one thing each: a new version that has more of them needs approval. */
  powers(grant: Exclude<Grant, undefined>): readonly Power[]
}
