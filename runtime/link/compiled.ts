/**
 * Parts of a compiled plan: made once a shape, used by all of its stores.
 *
 * @module
 */

import type { CodecSet, Signature } from '../abi/index.ts'
import type { CanonicalOptions, LiftedFunction, LinkPlan } from './plan/link-plan.ts'

/** Options that several functions share: one context a store serves them all. */
export interface CompiledContext {
  readonly index: number
  readonly options: CanonicalOptions
}

/** A lifted function, before a store has its core functions. */
export interface CompiledLift {
  readonly index: number
  /** For messages. */
  readonly name: string
  readonly signature: Signature
  readonly definition: LiftedFunction
  readonly context: CompiledContext
}

/** The plan that is being compiled, as the parts that are made of it see it. */
export interface PlanContext {
  readonly link: LinkPlan
  readonly codecs: CodecSet
  /** Whether some component calls another that may run beside it: then a store has several tasks. */
  readonly concurrent: boolean
  /** Returns the context that functions with these options share. */
  context(options: CanonicalOptions): CompiledContext
}
