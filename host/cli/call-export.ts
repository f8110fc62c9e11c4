/**
 * Calls an export with arguments written as JSON, and writes its result as JSON.
 *
 * @module
 */

import {
  ComponentError,
  fromJson,
  isJsonFunction,
  toJson,
  ValueMismatch,
} from '../../runtime/abi/index.ts'
import type { FunctionType, ValueType } from '../../runtime/abi/index.ts'
import { decodeComponent } from '../../runtime/binary/index.ts'
import type { Agent } from '../../runtime/engine/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'
import { indexExports, makePlan } from '../../runtime/link/index.ts'

export interface ExportCall {
  readonly agent: Agent
  readonly component: Uint8Array
  /** `greet`, or `acme:math/ops#add` in an interface. */
  readonly name: string
  /** One JSON text an argument; a string may be written as it is. */
  readonly args: readonly string[]
}

/** @throws {MayflyError} ERR_USAGE, ERR_VALUE_MISMATCH, ERR_GUEST_FAILED with the error arm as JSON, … */
export async function callExport({ agent, component, name, args }: ExportCall): Promise<string> {
  const type = functionType(component, name)
  const values = type.params.map((param, index) => {
    try {
      return fromJson(param.type, parseArgument(param.type, args[index]))
    } catch (error) {
      if (!(error instanceof ValueMismatch)) throw error
      const { path, expected, actual } = error
      throw new MayflyError(
        'ERR_VALUE_MISMATCH',
        `Cannot call "${name}" with ${param.name}${path}: expected ${expected}, got ${actual}`,
        { cause: error, facts: { function: name, path: `${param.name}${path}` } },
      )
    }
  })
  if (args.length > type.params.length)
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot call "${name}": it takes ${type.params.length} arguments, got ${args.length}`,
    )
  const { result } = type
  try {
    const value = await agent.call(name, values)
    const returned = result?.kind === 'result' ? result.ok : result
    return returned === undefined ? 'null' : JSON.stringify(toJson(returned, value))
  } catch (error) {
    if (!(error instanceof ComponentError)) throw error
    const failure = result?.kind === 'result' ? result.error : undefined
    const payload = failure === undefined ? 'null' : JSON.stringify(toJson(failure, error.payload))
    throw new MayflyError('ERR_GUEST_FAILED', `Function "${name}" returned its error: ${payload}`, {
      cause: error,
    })
  }
}

function functionType(component: Uint8Array, name: string): FunctionType {
  const { functions, names } = indexExports(makePlan(decodeComponent(component), component).exports)
  const type = functions.get(name)?.type
  if (type === undefined) {
    throw new MayflyError('ERR_USAGE', `Cannot call "${name}": the component does not export it`, {
      hint: names.length === 0 ? 'It exports no function' : `It exports ${names.join(', ')}`,
    })
  }
  if (isJsonFunction(type)) return type
  throw new MayflyError('ERR_USAGE', `Cannot call "${name}": it takes or returns a resource`, {
    hint: 'Call it from a program: agent.call() of the embedding API',
  })
}

/** In a shell quotes are work: what is no JSON is a string where a string is expected. */
function parseArgument({ kind }: ValueType, text: string | undefined): unknown {
  if (text === undefined) return undefined
  const isText = kind === 'string' || kind === 'char' || kind === 'enum'
  if (isText && !text.startsWith('"')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
