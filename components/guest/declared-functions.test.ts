/** Functions that agents declare in their code: called with JSON, checked by their schemas, one export for all. @module */
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { WrittenAgents } from '../../host/toolchain/testing/written-agents.ts'
import { callFunction, sharesCode, type Agent } from '../../runtime/agents/index.ts'
import { takeComponentApart } from '../../runtime/binary/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

const agents = new WrittenAgents()

/** A schema as libraries have it, without one. */
const LIBRARY = `
  const number = (vendor, jsonSchema) => ({ '~standard': {
    version: 1, vendor, jsonSchema,
    async validate(value) {
      if (typeof value?.city?.size !== 'number')
        return { issues: [{ message: 'expected a number', path: ['city', { key: 'size' }] }] }
      return { value: { size: value.city.size } }
    },
  } })
  const schema = number('mine', {
    input: () => ({ type: 'object', properties: { city: { type: ['object', 'null'] } } }),
    output: () => ({ type: 'object' }),
  })`

/** Those that it declares: the handler of requests is in the list as well. */
function declaredBy(agent: Agent) {
  return agent.functions().filter(({ name }) => !name.includes(':'))
}

function load(source: string, manifest: object = {}, file = 'agent.js') {
  return agents.load({ name: 'worker', source: file, ...manifest }, { [file]: source })
}

const calculator = load(
  `import { fn, FunctionError } from 'mayfly/guest'
  let count = 0
  export default { fetch: () => new Response(String(++count)) }
  const numbers = {
    type: 'object', required: ['left', 'right'], additionalProperties: false,
    properties: { left: { type: 'number' }, right: { type: 'number', description: 'The other one' } },
  }
  export const functions = {
    add: fn({ description: 'Adds two numbers', input: numbers, output: { type: 'number' },
      run: ({ left, right }) => left + right + count++ }),
    divide: fn({ input: numbers, async run({ left, right }, env, context) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      context.waitUntil(Promise.resolve().then(() => env.log.info('divided')))
      if (right === 0) throw new FunctionError({ reason: 'zero', left })
      return { quotient: left / right }
    } }),
    nothing: { run() {} },
    store: { run: (input, { kv }) => kv.open('notes').get('a') },
    broken: { run() { throw new Error('my secret') } },
    lies: { output: { type: 'string' }, run: () => 3 },
    never: { run: () => new Promise(() => {}) },
  }`,
)

describe('functions of an agent', () => {
  it('are called with JSON, by name or in the order of their arguments, each from the same state', async () => {
    const agent = await calculator
    const call = (name: string, input: unknown) => callFunction(agent, name, input)
    const returned = (result: unknown) => ({ state: 'returned', result })
    expect(await call('add', { left: 1, right: 2 })).toEqual(returned(3))
    expect(await call('add', [1, 2])).toEqual(returned(3))
    expect(await call('divide', { left: 3, right: 2 })).toEqual(returned({ quotient: 1.5 }))
    expect(await call('nothing', {})).toEqual(returned(null))
    expect(agents.lines.map(({ message }) => message)).toContain('divided')
    expect(await (await agent.fetch(new Request('http://a/'))).text()).toBe('1')
  })

  it('are described with their schemas', async () => {
    const described = declaredBy(await calculator)
    expect(described.map(({ name }) => name)).toEqual([
      ...['add', 'divide', 'nothing', 'store', 'broken', 'lies', 'never'],
    ])
    expect(described[0]).toEqual({
      name: 'add',
      description: 'Adds two numbers',
      parameters: {
        type: 'object',
        properties: {
          left: { type: 'number' },
          right: { type: 'number', description: 'The other one' },
        },
        required: ['left', 'right'],
        additionalProperties: false,
      },
      result: { type: 'number' },
    })
    const { parameters } = described.find(({ name }) => name === 'nothing') ?? {}
    expect(parameters).toEqual({ type: 'object', properties: {}, additionalProperties: false })
  })

  it.each([
    [
      'add',
      { left: 1 },
      'Cannot call "add" with its arguments: Instance does not have required property "right"',
    ],
    ['add', { left: 1, right: 'x' }, 'Cannot call "add" with right: Instance type "string"'],
    ['add', { left: 1, right: 2, other: 3 }, 'Cannot call "add" with other: not allowed'],
    ['add', [1, 2, 3], 'Cannot call "add" with its arguments: it takes 2, got 3'],
    ['nothing', { a: 1 }, 'Cannot call "nothing" with a: not allowed'],
    ['nothing', 'text', 'Cannot call "nothing" with its arguments: Instance type'],
  ])('refuse other arguments: %s of %j', async (name, input, message) => {
    await expect(callFunction(await calculator, name, input)).rejects.toMatchObject({
      code: 'ERR_VALUE_MISMATCH',
      message: expect.stringContaining(message),
    })
  })

  it('tell their callers a FunctionError, and the operator any other', async () => {
    const agent = await calculator
    const outcome = await callFunction(agent, 'divide', { left: 1, right: 0 })
    expect(outcome).toEqual({ state: 'failed', error: { reason: 'zero', left: 1 } })
    const broken = callFunction(agent, 'broken', {})
    await expect(broken).rejects.toMatchObject({
      code: 'ERR_GUEST_FAILED',
      message: expect.stringMatching(/my secret\n +at .*agent\.js:\d+/),
    })
    const { outcome: recorded } = agents.records.at(-1) ?? {}
    expect(recorded?.state === 'failed' && recorded.error.message).toMatch(/^Agent .*my secret\n/)
    await expect(callFunction(agent, 'lies', {})).rejects.toMatchObject({
      code: 'ERR_GUEST_FAILED',
      message: expect.stringContaining('"lies" has returned what its "output" does not allow'),
    })
    await expect(callFunction(agent, 'never', {})).rejects.toMatchObject({
      message: expect.stringContaining('never settles'),
    })
  })

  it('have the grants of their agent, and no others', async () => {
    const denied = callFunction(await calculator, 'store', {})
    await expect(denied).rejects.toThrow('from kv "notes": denied')
    const source = `export const functions = {
      count: { run: (input, { kv }) => kv.open('notes').increment('a') },
    }`
    const granted = await load(source, { capabilities: { kv: { notes: { access: 'write' } } } })
    expect(await callFunction(granted, 'count', {})).toEqual({ state: 'returned', result: 1 })
  })

  it('are called by other agents, and so are those that components export', async () => {
    await agents.load(
      { name: 'math', source: 'agent.js' },
      {
        'agent.js': `import { FunctionError } from 'mayfly/guest'
        const input = { type: 'object', required: ['a'], properties: { a: { type: 'number' } } }
        export const functions = {
          twice: { input, run: async ({ a }) => ({ twice: await a * 2 }) },
          refuse: { run() { throw new FunctionError('no') } },
          wait: { run: () => new Promise((resolve) => setTimeout(resolve, 1, 'waited')) },
        }`,
      },
    )
    const adder = `(component
      (core module $m (func (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1))))
      (core instance $i (instantiate $m))
      (func (export "add") (param "left" u32) (param "right" u32) (result u32)
        (canon lift (core func $i "add"))))`
    await agents.load({ name: 'adder', component: 'a.wasm' }, { 'a.wasm': await parse(adder) })
    const source = `export default { async fetch(request, { tools }) {
      const calls = await request.json()
      return Response.json(await Promise.all(calls.map(([name, input]) =>
        tools.call(name, input).catch(({ code }) => code))))
    } }`
    const caller = await load(source, {
      capabilities: {
        tools: {
          math: { functions: ['twice', 'refuse', 'wait', 'nothing'] },
          adder: { functions: ['add'] },
        },
      },
    })
    const ask = async (calls: unknown): Promise<unknown> => {
      const body = JSON.stringify(calls)
      return (await caller.fetch(new Request('http://a/', { method: 'POST', body }))).json()
    }
    const allowed = [
      ['math#twice', { a: 4 }],
      ['math#wait', {}],
      ['adder#add', { left: 40, right: 2 }],
    ]
    expect(await ask(allowed)).toEqual([{ twice: 8 }, 'waited', 42])
    const refused = [
      ['math#twice', { a: 'x' }],
      ['math#refuse', {}],
      ['math#nothing', {}],
      ['adder#add', { left: -1, right: 0 }],
      ['math#other', {}],
      ['other#add', {}],
    ]
    expect(await ask(refused)).toEqual([
      ...['malformed', 'failed', 'malformed', 'malformed', 'denied', 'denied'],
    ])
    const events = agents.records.at(-1)?.events ?? []
    expect(events.map(({ target, outcome }) => [target, outcome])).toContainEqual([
      'math#twice',
      'failed',
    ])
  })

  it('are found by their own names alone', async () => {
    const agent = await calculator
    await expect(callFunction(agent, 'toString', {})).rejects.toMatchObject({
      code: 'ERR_EXPORT_MISSING',
    })
    await expect(
      callFunction(agent, 'mayfly:agent/functions#call', { name: 'add', arguments: '{}' }),
    ).rejects.toMatchObject({ code: 'ERR_EXPORT_MISSING' })
  })

  it('are all that an agent needs', async () => {
    const agent = await load('export const functions = { one: { run: () => 1 } }')
    expect(await callFunction(agent, 'one', {})).toEqual({ state: 'returned', result: 1 })
    expect((await agent.fetch(new Request('http://a/'))).status).toBe(404)
  })

  it('have schemas of any library, which may change what they are given', async () => {
    const agent = await load(`${LIBRARY}
      export const functions = { size: { input: schema, run: ({ size }) => size } }`)
    expect(await callFunction(agent, 'size', { city: { size: 3 } })).toMatchObject({ result: 3 })
    await expect(callFunction(agent, 'size', { city: {} })).rejects.toThrow(
      'Cannot call "size" with city.size: expected a number',
    )
    // One type in each place.
    expect(declaredBy(agent)[0]?.parameters).toEqual({
      type: 'object',
      properties: { city: { anyOf: [{ type: 'object' }, { type: 'null' }] } },
    })
  })

  it('have schemas of zod', async () => {
    const source = `
      import { fn } from 'mayfly/guest'
      import * as z from 'zod'
      export const functions = {
        greet: fn({
          input: z.object({ name: z.string().max(5), times: z.number().default(2) }),
          output: z.string(),
          run: ({ name, times }) => name.repeat(times),
        }),
      }`
    const agent = await load(source, {}, 'agent.ts')
    expect(await callFunction(agent, 'greet', { name: 'ab' })).toMatchObject({ result: 'abab' })
    await expect(callFunction(agent, 'greet', { name: 'abcdef' })).rejects.toThrow(
      /^Cannot call "greet" with name: .*5/,
    )
    expect(declaredBy(agent)).toMatchObject([
      { parameters: { required: ['name'] }, result: { type: 'string' } },
    ])
  })

  it('leave agents the shape that all of them have', async () => {
    const sources = [
      'export const functions = { one: { run: () => 1 } }',
      'export const functions = { other: { description: "Says 2", run: () => 2 } }',
      'export default { fetch: () => new Response() }',
    ]
    const built = await Promise.all(
      sources.map((source) =>
        agents.build({ name: 'worker', source: 'agent.js' }, { 'agent.js': source }),
      ),
    )
    const [first, ...others] = built.map(({ component }) =>
      Buffer.from(takeComponentApart(component)?.bytes ?? []),
    )
    for (const other of others) expect(first?.equals(other)).toBe(true)
    const runtime = new Runtime({ codeStore: sharedCode })
    const [one, ...rest] = await Promise.all(built.map((each) => runtime.prepare(each)))
    for (const each of rest) expect(one !== undefined && sharesCode(one, each)).toBe(true)
    await runtime.close()
  })

  it.each([
    ['export const functions = []', 'its export "functions" is no object'],
    ['export const functions = { add: 1 }', 'function "add" has no method "run"'],
    ['export const functions = { "a b": { run() {} } }', 'it cannot have a function "a b"'],
    ['export const functions = { a: { run() {}, inputs: 1 } }', 'function "a" has "inputs"'],
    ['export const functions = { a: { run() {}, input: 1 } }', 'its input is no schema'],
    ['export const functions = { a: { run() {}, input: { type: "string" } } }', 'is no object'],
    [
      `${LIBRARY}
      export const functions = { a: { run() {}, input: number('mine') } }`,
      'this version of mine makes none: give it as "inputSchema"',
    ],
    [
      `${LIBRARY}
      export const functions = { a: { run() {}, input: number('mine', {
        input() { throw new Error('no dates') } }) } }`,
      'its input has no JSON Schema: no dates',
    ],
  ])('are refused by the build: %#', async (source, message) => {
    await expect(load(source)).rejects.toMatchObject({
      code: 'ERR_BUILD_FAILED',
      message: expect.stringContaining(message),
    })
  })

  it('are refused by the build for engines that do not serve them', async () => {
    const source = 'export const functions = { one: { run: () => 1 } }'
    await expect(load(source, { engine: 'componentize-qjs' })).rejects.toThrow(
      'exports "functions", which its engine does not serve',
    )
  })

  it('are no part of agents that export none', async () => {
    const agent = await load('export default { fetch: () => new Response() }')
    expect(declaredBy(agent)).toEqual([])
    const call = agent.call('mayfly:agent/functions#call', ['add', '{}'])
    await expect(call).rejects.toMatchObject({ payload: { tag: 'threw' } })
  })
})
