/**
 * Calls exported functions with JSON, for callers that have no types: models, people, HTTP clients.
 *
 * @module
 */
import { isOfEvents } from './check-events.ts'
import {
  camelCase,
  ComponentError,
  fromJson,
  isJsonFunction,
  toJson,
  ValueMismatch,
  type FunctionType,
} from '../abi/index.ts'
import { callDeclared } from './call-declared.ts'
import { MayflyError } from '../errors/index.ts'
import type { Agent, CallOptions } from './agent-interface.ts'
import type { FunctionOutcome } from './json-functions.ts'

/**
 * Calls an exported or declared function from a fresh state.
 *
 * @param input - its arguments: an object by parameter name, or an array in their order
 * @throws {MayflyError} ERR_EXPORT_MISSING, ERR_VALUE_MISMATCH with the path of a value that does not fit, and as
 *   `agent.call` does
 */
export async function callFunction(
  agent: Pick<Agent, 'name' | 'functions' | 'exportType' | 'call'>,
  name: string,
  input: unknown,
  options?: CallOptions,
): Promise<FunctionOutcome> {
  const type = agent.exportType(name)
  if (type === undefined) {
    const declared = agent.functions().find((each) => each.name === name)
    if (declared !== undefined) return callDeclared(agent, declared, input, options)
  }
  if (type === undefined || !isJsonFunction(type) || isOfEvents(name))
    throw missing(agent, name, type)
  const args = toArguments(agent, name, type, input)
  const { result } = type
  try {
    const value = await agent.call(name, args, options)
    const returned = result?.kind === 'result' ? result.ok : result
    return { state: 'returned', result: returned === undefined ? null : toJson(returned, value) }
  } catch (thrown) {
    if (!(thrown instanceof ComponentError)) throw thrown
    const failure = result?.kind === 'result' ? result.error : undefined
    const error = failure === undefined ? null : toJson(failure, thrown.payload)
    return { state: 'failed', error }
  }
}

function toArguments(
  { name: agent }: Pick<Agent, 'name'>,
  name: string,
  { params }: FunctionType,
  input: unknown,
): unknown[] {
  try {
    if (Array.isArray(input)) {
      const elements = params.map(({ type }) => type)
      // A tuple's values are an array.
      return fromJson({ kind: 'tuple', elements }, input) as unknown[]
    }
    // As above: a record's values, by field.
    const values = fromJson({ kind: 'record', fields: params }, input ?? {}) as Record<
      string,
      unknown
    >
    return params.map((param) => values[camelCase(param.name)])
  } catch (cause) {
    if (!(cause instanceof ValueMismatch)) throw cause
    const { path, expected, actual } = cause
    const at = path === '' ? 'its arguments' : path.replace(/^\./, '')
    throw new MayflyError(
      'ERR_VALUE_MISMATCH',
      `Cannot call "${name}" with ${at}: expected ${expected}, got ${actual}`,
      { cause, facts: { agent, function: name, path: at } },
    )
  }
}

function missing(
  agent: Pick<Agent, 'name' | 'functions'>,
  name: string,
  type: FunctionType | undefined,
): MayflyError {
  const names = agent.functions().map((known) => known.name)
  const state = type === undefined ? 'not exported' : 'takes or returns a resource'
  return new MayflyError('ERR_EXPORT_MISSING', `Cannot call "${name}" with JSON: ${state}`, {
    hint:
      names.length === 0
        ? 'It exports no function that JSON can call'
        : `Its functions are ${names.join(', ')}`,
    facts: { agent: agent.name, function: name },
  })
}
