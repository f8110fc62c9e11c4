/**
 * Serves the functions that an agent exports as `functions`. Part of agents that do.
 *
 * The build asks `describe` for names and schemas and keeps them beside the component, not in the image. Here they only
 * decide what a function takes.
 *
 * @module
 */

import { FunctionError, take } from '../extra-host.ts'
import type { FunctionDefinition } from '../functions.ts'
import type { Ended, TakenEvent } from '../parts.ts'
import type { Handler } from '../serve.ts'
import { checkerOf, jsonSchemaOf, type Check } from './function-schema.ts'

/** The handler of an agent with functions. */
export interface DeclaringHandler extends Handler {
  /** For the build: names, descriptions and schemas, as JSON. */
  describe(): string
}

interface Declared {
  readonly name: string
  readonly definition: FunctionDefinition
  readonly input: Check
  readonly output: Check
}

// As the adapter has them: the result, and the cases of the error.
const RETURNED = 0
const UNKNOWN = 2
const MISMATCHED = 3
const FAILED = 4

// The number of the event, as the adapter has it.
const CALL = 3
const NAME = /^[A-Za-z][\w-]{0,63}$/
const KEYS = ['description', 'input', 'output', 'inputSchema', 'outputSchema', 'run']
const NOTHING = { type: 'object', properties: {}, additionalProperties: false }

/**
 * Returns `handler` with the functions `exported`.
 *
 * @throws {TypeError} for what is no function
 */
export function withFunctions(handler: Handler, exported: unknown): DeclaringHandler {
  const table = new Map<string, Declared>()
  if (!isObject(exported)) throw refusal('its export "functions" is no object of functions by name')
  for (const [name, each] of Object.entries(exported)) table.set(name, declared(name, each))
  const taken = takenBy(table)
  return {
    ...handler,
    event: (which, first, second) => {
      if (which === CALL) return take(taken, call, first, second)
      // As the prelude says it of an agent without events.
      if (handler.event === undefined) throw new TypeError('Cannot take the event: no method')
      return handler.event(which, first, second)
    },
    describe: () => JSON.stringify([...table.values()].map(describe)),
  }
}

/** For an agent that has functions and nothing else. */
export function onlyFunctions(): Response {
  return new Response('This agent has functions, and answers no requests\n', { status: 404 })
}

interface Call {
  readonly definition: FunctionDefinition
  readonly input: never
}

const call: Parameters<typeof take>[1] = ({ definition, input }: Call, env, context) =>
  definition.run(input, env, context)

function takenBy(table: ReadonlyMap<string, Declared>): TakenEvent<Ended> {
  return {
    field: 'functions',
    async take(method, name, text) {
      const found = table.get(name)
      if (found === undefined) return { which: UNKNOWN, text: '' }
      // A text, by the WIT.
      const given = await found.input(JSON.parse(text as string))
      if (given.wrong !== undefined) return { which: MISMATCHED, text: given.wrong }
      let result: unknown
      try {
        result = await method({ definition: found.definition, input: given.value })
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error
        return { which: FAILED, text: toJson(error.value) }
      }
      const checked = await found.output(result)
      if (checked.wrong !== undefined) {
        throw new TypeError(
          `Function "${name}" has returned what its "output" does not allow: ${checked.wrong}`,
        )
      }
      return { which: RETURNED, text: toJson(checked.value) }
    },
  }
}

function declared(name: string, definition: unknown): Declared {
  if (!NAME.test(name)) {
    const rule = 'a letter, and then 63 letters, digits, "_" and "-" at most'
    throw refusal(`it cannot have a function "${name}": names are ${rule}`)
  }
  if (!isDefinition(definition)) throw refusal(`function "${name}" has no method "run"`)
  const unknown = Object.keys(definition).find((key) => !KEYS.includes(key))
  if (unknown !== undefined) {
    throw refusal(`function "${name}" has "${unknown}", which is none of ${KEYS.join(', ')}`)
  }
  const { input = NOTHING, output, description = '' } = definition
  if (typeof description !== 'string')
    throw refusal(`function "${name}": its description is no text`)
  return {
    name,
    definition,
    input: checkerOf(input, 'its arguments', `function "${name}": its input`),
    output:
      output === undefined
        ? anything
        : checkerOf(output, 'its result', `function "${name}": its output`),
  }
}

function describe({ name, definition }: Declared): object {
  const { description, input = NOTHING, output, inputSchema, outputSchema } = definition
  return {
    name,
    description,
    input: inputSchema ?? jsonSchemaOf(input, 'input', `function "${name}": its input`),
    output:
      outputSchema ??
      (output === undefined
        ? undefined
        : jsonSchemaOf(output, 'output', `function "${name}": its output`)),
  }
}

function isDefinition(value: unknown): value is FunctionDefinition {
  return isObject(value) && 'run' in value && typeof value.run === 'function'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const anything: Check = (value) => ({ value })

function toJson(value: unknown): string {
  return (JSON.stringify(value) as string | undefined) ?? 'null'
}

/** The build shows what follows the colon. */
function refusal(reason: string): TypeError {
  return new TypeError(`Cannot build the agent: ${reason}`)
}
