import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { componentOf } from '../link/testing/component.ts'
import type { Agent } from './agent-interface.ts'
import { callTool } from './former-names.ts'
import { callFunction } from './json-call.ts'
import { Runtime } from './runtime.ts'

const COMPONENT = await componentOf(
  `package t:t;
   world w { export add: func(left: u32, right: u32) -> u32; }`,
  `(module
    (memory (export "memory") 1)
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`,
)

const runtime = new Runtime({ capabilities: [] })
let agent: Agent

beforeAll(async () => {
  const descriptions = { add: 'Adds two numbers' }
  agent = await runtime.load({ component: COMPONENT, manifest: { name: 'math', descriptions } })
})

afterAll(() => runtime.close())

describe('callFunction()', () => {
  it('takes arguments by name or in their order', async () => {
    const returned = { state: 'returned', result: 42 }
    expect(await callFunction(agent, 'add', { left: 40, right: 2 })).toEqual(returned)
    expect(await callFunction(agent, 'add', [40, 2])).toEqual(returned)
  })

  it('refuses a function that is not exported, and names those that are', async () => {
    await expect(callFunction(agent, 'sub', [])).rejects.toMatchObject({
      code: 'ERR_EXPORT_MISSING',
      message: 'Cannot call "sub" with JSON: not exported',
      hint: 'Its functions are add',
    })
  })

  it('refuses arguments of another type, with the path to what does not fit', async () => {
    await expect(callFunction(agent, 'add', { left: 40, right: -1 })).rejects.toMatchObject({
      code: 'ERR_VALUE_MISMATCH',
      facts: { path: 'right' },
    })
  })
})

describe('former names', () => {
  it('do what the names of today do', async () => {
    expect(agent.functions()).toMatchObject([{ name: 'add', description: 'Adds two numbers' }])
    expect(agent.tools()).toBe(agent.functions())
    expect(callTool).toBe(callFunction)
  })
})
