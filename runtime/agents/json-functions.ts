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

/**
 * Every exported function that JSON can call: none that takes or returns a resource, and none that the host alone calls.
 *
 * @param descriptions - by name; that of an interface may lack its version
 */
export function describeFunctions(
  exports: LinkPlan['exports'],
  descriptions: Readonly<Record<string, string>> = {},
): FunctionDescription[] {
  const texts = new Map(Object.entries(descriptions))
  const { functions, names } = indexExports(exports)
  return names.flatMap((name) => {
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
}
