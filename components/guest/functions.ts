/**
 * Functions that an agent declares in its code, for callers with JSON: models, people, other agents.
 *
 * An agent exports them by name, as `functions`, beside its default export or without one. Their schemas are of any library
 * of Standard Schema (https://standardschema.dev), or JSON Schema as it is.
 *
 * @module
 */

import type { Env } from './env.ts'
import type { Context } from './serve.ts'

/** A schema of a library: what it takes, and what becomes of it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    /** Of Standard JSON Schema. */
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
      readonly output: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
    }
  }
}

/** What a schema says of a value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** One thing that is wrong with a value. */
export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** A JSON Schema of version 2020-12. */
export interface PlainSchema {
  readonly [keyword: string]: unknown
}

/** What describes arguments or a result. */
export type FunctionSchema = StandardSchema | PlainSchema

/** The argument of `run`: what the schema makes of the arguments. */
export type FunctionInput<Schema> = Schema extends StandardSchema
  ? NonNullable<Schema['~standard']['types']>['output']
  : Readonly<Record<string, unknown>>

/** What `run` returns: what the schema of the result takes. */
export type FunctionOutput<Schema> = Schema extends StandardSchema
  ? NonNullable<Schema['~standard']['types']>['input']
  : unknown

/** One function, as `fn` takes it. */
export interface FunctionDefinition<
  Input extends FunctionSchema = PlainSchema,
  Output extends FunctionSchema = PlainSchema,
> {
  /**
   * What it does, for the model or the person that decides whether to call it.
   *
   * @default the description of `input`, if that has one
   */
  readonly description?: string
  /**
   * Its arguments: an object. Others are refused before `run`.
   *
   * @default it takes none
   */
  readonly input?: Input
  /**
   * Its result. If `run` returns another, the call has failed.
   *
   * @default any JSON
   */
  readonly output?: Output
  /**
   * JSON Schema of `input`, where its library does not make one.
   *
   * @default the one of the library
   */
  readonly inputSchema?: PlainSchema
  /**
   * JSON Schema of `output`, where its library does not make one.
   *
   * @default the one of the library
   */
  readonly outputSchema?: PlainSchema
  /** Called from the state of the build, as `fetch` is. Throws a `FunctionError` for its caller. */
  run(
    input: FunctionInput<Input>,
    env: Env,
    context: Context,
  ): FunctionOutput<Output> | Promise<FunctionOutput<Output>>
}

/** What a caller gives to a function. */
export type InputOf<Definition> =
  Definition extends FunctionDefinition<infer Input, FunctionSchema>
    ? Input extends StandardSchema
      ? NonNullable<Input['~standard']['types']>['input']
      : Readonly<Record<string, unknown>>
    : never

/** What a caller gets from a function. */
export type OutputOf<Definition> =
  Definition extends FunctionDefinition<never, infer Output>
    ? Output extends StandardSchema
      ? NonNullable<Output['~standard']['types']>['output']
      : unknown
    : never

/**
 * Declares a function: the argument of `run` has the type of `input`. It returns what it is given.
 *
 * @example
 * ```ts
 * import { fn } from 'mayfly/guest'
 * import { z } from 'zod'
 *
 * export const functions = {
 *   add: fn({
 *     description: 'Adds two numbers',
 *     input: z.object({ left: z.number(), right: z.number() }),
 *     output: z.number(),
 *     run: ({ left, right }) => left + right,
 *   }),
 * }
 * ```
 */
export function fn<
  const Input extends FunctionSchema = PlainSchema,
  const Output extends FunctionSchema = PlainSchema,
>(definition: FunctionDefinition<Input, Output>): FunctionDefinition<Input, Output> {
  return definition
}
