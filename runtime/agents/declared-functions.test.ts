/** What components say of their functions, and what is no list of functions. @module */
import { parse } from '@bytecodealliance/jco'
import { expect, it } from 'vitest'
import { FUNCTIONS_SECTION } from '../binary/index.ts'
import { declaredFunctions, parametersOf } from './declared-functions.ts'
import { Runtime } from './runtime.ts'

const ADD = { name: 'add', description: 'Adds', parameters: { type: 'object' } }

async function component(section: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = section.replaceAll('"', '\\"')
  return new Uint8Array(await parse(`(component (@custom "${FUNCTIONS_SECTION}" "${text}"))`))
}

it('declaredFunctions() returns them as they stand', async () => {
  expect(declaredFunctions(await component(JSON.stringify([ADD])))).toEqual([ADD])
  expect(declaredFunctions(new Uint8Array(await parse('(component)')))).toEqual([])
})

it.each<[string, unknown]>([
  ['it is no list', {}],
  ['one has no name or no schema', [{ ...ADD, name: 'acme:math/ops#add' }]],
  ['one has no name or no schema', [{ ...ADD, name: 'a'.repeat(65) }]],
  ['one has no name or no schema', [{ ...ADD, parameters: { type: 'string' } }]],
  ['one has no name or no schema', [{ ...ADD, description: 1 }]],
  ['one has no name or no schema', [{ ...ADD, result: true }]],
  ['one has no name or no schema', [{ ...ADD, other: 1 }]],
  ['one has no name or no schema', [null]],
  ['two have one name', [ADD, ADD]],
  ['it has more than 256', Array.from({ length: 257 }, (_, at) => ({ ...ADD, name: `a${at}` }))],
])('declaredFunctions() refuses a section: %s', async (reason, section) => {
  const bytes = await component(JSON.stringify(section))
  expect(() => declaredFunctions(bytes)).toThrow(
    expect.objectContaining({
      code: 'ERR_COMPONENT_MALFORMED',
      message: expect.stringContaining(reason),
    }),
  )
})

it('declaredFunctions() refuses what is not JSON', async () => {
  const bytes = await component('[')
  expect(() => declaredFunctions(bytes)).toThrow('it is not JSON')
})

it('Runtime.load() refuses functions that no export serves', async () => {
  const runtime = new Runtime({ capabilities: [] })
  const loading = runtime.load({
    component: await component(JSON.stringify([ADD])),
    manifest: { name: 'math' },
  })
  await expect(loading).rejects.toMatchObject({
    code: 'ERR_EXPORT_MISSING',
    message:
      'Cannot load agent "math": it declares functions, and it does not export "mayfly:agent/functions"',
  })
  await runtime.close()
})

it('parametersOf() returns names in their order', () => {
  const properties = { b: {}, a: {} }
  expect(parametersOf({ parameters: { type: 'object', properties } })).toEqual(['b', 'a'])
  expect(parametersOf({ parameters: { type: 'object' } })).toEqual([])
})
