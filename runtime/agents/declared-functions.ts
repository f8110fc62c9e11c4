/**
 * Functions that an agent declares in its code, as its component says it.
 *
 * Names and schemas stand in a custom section, which any tool may have written: they are checked before
 * the runtime uses them.
 *
 * @module
 */
import { FUNCTIONS_SECTION, functionsSection } from '../binary/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { FunctionDescription } from './json-functions.ts'

const MAX_BYTES = 1024 * 1024
const MAX_FUNCTIONS = 256
const NAME = /^[A-Za-z][\w-]{0,63}$/
const KEYS = ['name', 'description', 'parameters', 'result']

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Returns the functions that `component` declares, which has been read before.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED
 */
export function declaredFunctions(component: Uint8Array): readonly FunctionDescription[] {
  const section = functionsSection(component)
  if (section === undefined) return []
  if (section.length > MAX_BYTES) throw malformed(`it has more than ${MAX_BYTES} bytes`)
  let functions: unknown
  try {
    functions = JSON.parse(decoder.decode(section))
  } catch (cause) {
    throw malformed('it is not JSON', cause)
  }
  if (!Array.isArray(functions)) throw malformed('it is no list')
  if (functions.length > MAX_FUNCTIONS) throw malformed(`it has more than ${MAX_FUNCTIONS}`)
  if (!functions.every(isDescription)) throw malformed('one has no name or no schema')
  if (new Set(functions.map(({ name }) => name)).size < functions.length) {
    throw malformed('two have one name')
  }
  return functions
}

/** The names of its arguments, in their order. */
export function parametersOf({ parameters }: Pick<FunctionDescription, 'parameters'>): string[] {
  const { properties } = parameters
  return isObject(properties) ? Object.keys(properties) : []
}

function isDescription(value: unknown): value is FunctionDescription {
  if (!isObject(value) || Object.keys(value).some((key) => !KEYS.includes(key))) return false
  const { name, description = '', parameters, result = {} } = value
  return (
    typeof name === 'string' &&
    NAME.test(name) &&
    typeof description === 'string' &&
    isObject(parameters) &&
    parameters['type'] === 'object' &&
    isObject(result)
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(reason: string, cause?: unknown): MayflyError {
  return new MayflyError(
    'ERR_COMPONENT_MALFORMED',
    `Cannot read the functions of component, section "${FUNCTIONS_SECTION}": ${reason}`,
    { hint: 'Build it again with mayfly build', ...(cause === undefined ? {} : { cause }) },
  )
}
