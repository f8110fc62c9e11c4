/**
 * Calls functions that agents declare in their code, all by one export.
 *
 * The guest checks arguments by the schema, in its own time.
 *
 * @module
 */
import { ComponentError } from '../abi/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { Agent, CallOptions } from './agent-interface.ts'
import { DECLARED } from './check-events.ts'
import { parametersOf } from './declared-functions.ts'
import type { FunctionDescription, FunctionOutcome } from './json-functions.ts'

/**
 * Calls a function that `agent` declares.
 *
 * @param input - an object, or an array with values in the order of its properties
 * @throws {MayflyError} ERR_VALUE_MISMATCH when the agent refuses the arguments, and as `agent.call` does
 */
export async function callDeclared(
  agent: Pick<Agent, 'name' | 'call'>,
  { name, parameters }: FunctionDescription,
  input: unknown,
  options?: CallOptions,
): Promise<FunctionOutcome> {
  const given = JSON.stringify(byName(agent.name, name, parameters, input ?? {}))
  try {
    const result = await agent.call(DECLARED, [name, given], options)
    return { state: 'returned', result: parsed(agent.name, name, result) }
  } catch (thrown) {
    if (!(thrown instanceof ComponentError)) throw thrown
    // The cast: the type of the export was compared with that of the WIT.
    const { tag, val } = thrown.payload as CallError
    switch (tag) {
      case 'mismatched':
        throw mismatch(agent.name, name, val)
      case 'failed':
        return { state: 'failed', error: parsed(agent.name, name, val) }
      case 'threw':
        throw new MayflyError('ERR_GUEST_FAILED', `Agent "${agent.name}" failed: ${val}`)
      case 'unknown':
        throw new MayflyError(
          'ERR_EXPORT_MISSING',
          `Cannot call "${name}": agent "${agent.name}" declares it, and does not have it`,
        )
    }
  }
}

type CallError =
  | { readonly tag: 'threw' | 'mismatched' | 'failed'; readonly val: string }
  | { readonly tag: 'unknown'; readonly val?: undefined }

function byName(
  agent: string,
  name: string,
  parameters: FunctionDescription['parameters'],
  input: unknown,
): unknown {
  if (!Array.isArray(input)) return input
  const names = parametersOf({ parameters })
  if (input.length > names.length) {
    throw mismatch(agent, name, `its arguments: it takes ${names.length}, got ${input.length}`)
  }
  return Object.fromEntries(input.map((value, index) => [names[index], value]))
}

function parsed(agent: string, name: string, text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch (cause) {
    throw new MayflyError(
      'ERR_GUEST_FAILED',
      `Agent "${agent}" failed: its function "${name}" did not return JSON`,
      { cause },
    )
  }
}

function mismatch(agent: string, name: string, reason: string): MayflyError {
  return new MayflyError('ERR_VALUE_MISMATCH', `Cannot call "${name}" with ${reason}`, {
    facts: { agent, function: name },
  })
}
