/**
 * Exported functions, described in JSON Schema, so that a model can call them.
 *
 * @module
 */
import { isJsonFunction, parametersSchema, resultSchema, type JsonSchema } from '../abi/index.ts'
import { isOfEvents } from './check-events.ts'
import { indexExports, type LinkPlan } from '../link/index.ts'

/** One exported function that JSON can call. */
export interface FunctionDescription {
  /** `greet`, or `acme:math/ops#add` in an interface. */
  readonly name: string
  /** The description by its author. */
  readonly description?: string
  /** Of its arguments, as one object by parameter name. */
  readonly parameters: JsonSchema
  /** Of the result, or of its ok arm. Absent when it returns nothing. */
  readonly result?: JsonSchema
}

/** How a call of a function ended, with its result or its error as JSON can carry it. */
export type FunctionOutcome =
  | { readonly state: 'returned'; readonly result: unknown }
  /** It returned the error arm of its `result`. */
  | { readonly state: 'failed'; readonly error: unknown }

/** What is known of functions beside the types of exports. */
export interface FunctionFacts {
  /** By name; that of an interface may lack its version. */
  readonly descriptions?: Readonly<Record<string, string>> | undefined
  /** Those that the agent declares in its code. */
  readonly declared?: readonly FunctionDescription[]
}

/**
 * Every function that JSON can call: exported ones, but for those that take or return a resource and those that the host
 * alone calls, and declared ones.
 */
export function describeFunctions(
  exports: LinkPlan['exports'],
  { descriptions = {}, declared = [] }: FunctionFacts = {},
): FunctionDescription[] {
  const texts = new Map(Object.entries(descriptions))
  const { functions, names } = indexExports(exports)
  const exported = names.flatMap((name) => {
    const type = functions.get(name)?.type
    if (type === undefined || !isJsonFunction(type) || isOfEvents(name)) return []
    const result = resultSchema(type)
    const description = texts.get(name) ?? texts.get(name.replace(/@[^#]*/, ''))
    return [
      {
        name,
        ...(description === undefined ? {} : { description }),
        parameters: parametersSchema(type),
        ...(result && { result }),
      },
    ]
  })
  return [...exported, ...declared.filter(({ name }) => !functions.has(name))]
}
