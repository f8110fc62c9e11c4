/**
 * Keeps the functions that an agent declares beside its code: their names, descriptions and schemas, in the custom section
 * that the runtime reads.
 *
 * They are no part of the code, so agents with other functions go on sharing it.
 *
 * @module
 */
// By its file: the door has the whole runtime, and this is loaded before each first build.
import { FUNCTIONS_SECTION } from '../../runtime/binary/component/skeleton.ts'
import { clientSchema, type JsonSchema } from './client-schema.ts'
import { withCustomSection } from './custom-section.ts'

/** As the guest library says it. */
interface Described {
  readonly name: string
  readonly description?: string
  readonly input: unknown
  readonly output?: unknown
}

/**
 * Returns `component` with the functions that its guest library describes.
 *
 * @param text - JSON of the library
 * @throws {TypeError} when a schema is none that callers can use
 */
export function withFunctions(component: Uint8Array, text: string): Uint8Array<ArrayBuffer> {
  // The cast: the library wrote it.
  const functions = (JSON.parse(text) as readonly Described[]).map(
    ({ name, description, input, output }) => {
      const parameters = objectSchema(name, input)
      const said = description ?? parameters['description']
      return {
        name,
        ...(typeof said === 'string' ? { description: said } : {}),
        parameters,
        ...(output === undefined ? {} : { result: schemaOf(name, 'output', output) }),
      }
    },
  )
  return withCustomSection(component, FUNCTIONS_SECTION, JSON.stringify(functions))
}

/** Arguments have names, so all clients ask for an object. */
function objectSchema(name: string, schema: unknown): JsonSchema {
  const made = schemaOf(name, 'input', schema)
  const { type } = made
  if (type === 'object') return made
  const isOneOfSeveral = ['$ref', 'anyOf', 'oneOf', 'allOf'].some((word) => word in made)
  if (type === undefined && isOneOfSeveral) return { type: 'object', ...made }
  throw new TypeError(`function "${name}": its input is no object: ${JSON.stringify(type ?? made)}`)
}

function schemaOf(name: string, side: string, schema: unknown): JsonSchema {
  try {
    const made = clientSchema(schema)
    return typeof made === 'boolean' ? {} : made
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new TypeError(`function "${name}": the schema of its ${side} ${reason}`, { cause: error })
  }
}
