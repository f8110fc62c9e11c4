/**
 * Calls an export with arguments written as JSON or as WAVE, and writes its result in the same way.
 *
 * @module
 */

import {
  ComponentError,
  readWaveArguments,
  WaveError,
  waveFunctionName,
  writeWave,
} from '../../../../runtime/abi/index.ts'
import type { FunctionType } from '../../../../runtime/abi/index.ts'
import { callFunction, parametersOf, type Agent } from '../../../../runtime/agents/index.ts'
import { MayflyError } from '../../../../runtime/errors/index.ts'

export interface ExportCall {
  readonly agent: Agent
  /** `greet`, or `acme:math/ops#add` in an interface; with its arguments in WAVE: `greet("Ada")`. */
  readonly target: string
  /** Without WAVE: one JSON text an argument; a string may be written as it is. */
  readonly args: readonly string[]
}

/** @throws {MayflyError} ERR_USAGE, ERR_VALUE_MISMATCH, ERR_GUEST_FAILED with the error arm, … */
export async function callExport({ agent, target, args }: ExportCall): Promise<string> {
  const name = waveFunctionName(target)
  if (name === undefined) return callWithJson(agent, target, args)
  if (args.length > 0)
    throw new MayflyError('ERR_USAGE', `Cannot call "${name}": it has arguments in WAVE already`)
  return callWithWave(agent, name, target)
}

async function callWithJson(agent: Agent, name: string, args: readonly string[]): Promise<string> {
  const params = paramsOf(agent, name)
  if (args.length > params.length)
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot call "${name}": it takes ${params.length} arguments, got ${args.length}`,
    )
  const input = params.map((param, index) => [param.name, parseArgument(param.isText, args[index])])
  const outcome = await callFunction(agent, name, Object.fromEntries(input))
  if (outcome.state === 'returned') return JSON.stringify(outcome.result)
  throw failed(name, JSON.stringify(outcome.error))
}

async function callWithWave(agent: Agent, name: string, text: string): Promise<string> {
  const { params, result } = typeOf(agent, name)
  try {
    const value = await agent.call(name, readWaveArguments(params, text))
    const returned = result?.kind === 'result' ? { tag: 'ok', val: value } : value
    return result === undefined ? '()' : writeWave(result, returned)
  } catch (error) {
    if (error instanceof WaveError) {
      const { path, expected, actual } = error
      const at = path === '' ? '' : ` with ${path}`
      throw new MayflyError(
        'ERR_VALUE_MISMATCH',
        `Cannot call "${name}"${at}: expected ${expected}, got ${actual}`,
        { cause: error, facts: { function: name, path } },
      )
    }
    if (!(error instanceof ComponentError) || result?.kind !== 'result') throw error
    throw failed(name, writeWave(result, { tag: 'err', val: error.payload }))
  }
}

function failed(name: string, payload: string): MayflyError {
  return new MayflyError('ERR_GUEST_FAILED', `Function "${name}" returned its error: ${payload}`)
}

interface Parameter {
  readonly name: string
  /** Whether it is a text, in quotes or without. */
  readonly isText: boolean
}

/** @throws {MayflyError} ERR_USAGE */
function paramsOf(agent: Agent, name: string): Parameter[] {
  const declared = agent.functions().find((each) => each.name === name)
  if (agent.exportType(name) !== undefined || declared === undefined) {
    return typeOf(agent, name).params.map((param) => {
      const { kind } = param.type
      return {
        name: param.name,
        isText: kind === 'string' || kind === 'char' || kind === 'enum',
      }
    })
  }
  const { properties } = declared.parameters
  const schemas = Object(properties) as Readonly<Record<string, unknown>>
  return parametersOf(declared).map((param) => ({
    name: param,
    isText: Object(schemas[param]).type === 'string',
  }))
}

/** @throws {MayflyError} ERR_USAGE */
function typeOf(agent: Agent, name: string): FunctionType {
  const type = agent.exportType(name)
  if (type !== undefined) return type
  const names = agent.functions().map((known) => known.name)
  throw new MayflyError('ERR_USAGE', `Cannot call "${name}": the component does not export it`, {
    hint: names.length === 0 ? 'It exports no function' : `It exports ${names.join(', ')}`,
  })
}

/** Quotes are hard to type in a shell: where a string is expected, a text that is not JSON is a string. */
function parseArgument(isText: boolean, text: string | undefined): unknown {
  if (text === undefined) return undefined
  if (isText && !text.startsWith('"')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
