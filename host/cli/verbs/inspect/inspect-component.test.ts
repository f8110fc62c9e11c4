/** @module */
import { parse } from '@bytecodealliance/jco'
import { describe, expect, test } from 'vitest'
import { hostile } from '../../../../runtime/agents/testing/hostile.ts'
import { withOptionalImports } from '../../../toolchain/optional-imports.ts'
import { inspectComponent } from './inspect-component.ts'

const EMPTY = new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])

// (component (import "<name>" (instance)) …)
function importing(...names: readonly string[]): Uint8Array {
  const encoder = new TextEncoder()
  const type = [0x07, 0x03, 0x01, 0x42, 0x00] // One type: an instance type without declarations
  const imports = names.flatMap((name) => [0x00, name.length, ...encoder.encode(name), 0x05, 0x00])
  return new Uint8Array([...EMPTY, ...type, 0x0a, imports.length + 1, names.length, ...imports])
}

/** Imports a function of each interface. */
async function calling(...names: readonly string[]): Promise<Uint8Array> {
  const imports = names.map((name) => `(import "${name}" (instance (export "f" (func))))`)
  return parse(`(component ${imports.join(' ')})`)
}

describe('inspectComponent()', () => {
  test('says that an empty component needs nothing', async () => {
    const inspection = await inspectComponent(EMPTY)
    expect(inspection).toMatchObject({
      bytes: 8,
      modules: [],
      imports: [],
      exports: [],
      functions: [],
      capabilities: [],
    })
    expect(inspection.digest).toMatch(/^sha256:/)
  })

  test.each([
    ['wasi:http/middleware@0.3.0', ['wasi:http/handler@0.3.0'], ['wasi:http/handler@0.3.0']],
    ['wasi:http/service@0.3.0', [], ['wasi:http/handler@0.3.0', 'wasi:cli/run@0.3.0']],
    ['wasi:http/proxy@0.2.12', [], ['wasi:http/incoming-handler@0.2.12']],
    ['wasi:cli/command@0.2.0', [], ['wasi:cli/run@0.2.0']],
    ['mayfly:agent/agent@0.2.0', [], ['mayfly:agent/handler@0.2.0', 'wasi:cli/run@0.2.0']],
    [undefined, [], ['acme:math/ops']],
  ])('names the world %s', async (world, imports, exports) => {
    const component = await parse(`(component
      ${imports.map((each) => `(import "${each}" (instance $i (export "f" (func))))`).join(' ')}
      (instance $e) ${exports.map((each) => `(export "${each}" (instance $e))`).join(' ')})`)
    expect((await inspectComponent(component)).world).toBe(world)
  })

  test('lists functions that its code declares', async () => {
    const add = { name: 'add', parameters: { type: 'object' } }
    const section = JSON.stringify([add]).replaceAll('"', '\\"')
    const component = await parse(`(component (@custom "mayfly:functions" "${section}"))`)
    expect(await inspectComponent(component)).toMatchObject({
      functions: [add],
      declared: ['add'],
    })
  })

  test('says of a middleware that it needs a tool', async () => {
    const component = await calling('wasi:http/handler@0.3.0')
    expect((await inspectComponent(component)).capabilities).toEqual([
      { name: 'tools', optional: false },
    ])
  })

  test('names the grants that imports need, each once', async () => {
    const component = await calling(
      'wasi:http/outgoing-handler@0.2.10',
      'mayfly:agent/http@0.1.0',
      'mayfly:agent/kv@0.1.0',
      'wasi:keyvalue/store@0.2.0-draft2',
      'wasi:cli/environment@0.2.10',
      'wasi:filesystem/preopens@0.2.10',
      'wasi:logging/logging',
      'acme:host/env',
    )
    expect((await inspectComponent(component)).capabilities).toEqual([
      { name: 'acme:host/env', optional: false },
      { name: 'config', optional: true },
      { name: 'files', optional: true },
      { name: 'http', optional: false },
      { name: 'kv', optional: false },
      { name: 'wasi:logging/logging', optional: false },
    ])
  })

  test('names nothing that every agent has', async () => {
    const component = await calling(
      'mayfly:agent/blob@0.1.0',
      'mayfly:agent/clock@0.1.0',
      'mayfly:agent/log@0.1.0',
      'mayfly:agent/poll@0.1.0',
      'mayfly:agent/random@0.1.0',
      'mayfly:agent/response-body@0.1.0',
      'wasi:cli/stdout@0.2.10',
      'wasi:http/types@0.2.10',
      'wasi:io/streams@0.2.10',
      'wasi:sockets/network@0.2.10',
    )
    expect((await inspectComponent(component)).capabilities).toEqual([])
    const types = await inspectComponent(importing('mayfly:agent/types@0.1.0'))
    expect(types.capabilities).toEqual([])
  })

  test('tells optional imports from needed ones', async () => {
    const component = await calling('mayfly:agent/kv@0.1.0', 'mayfly:agent/http@0.1.0')
    const marked = withOptionalImports(component, ['mayfly:agent/kv@0.1.0'])
    expect((await inspectComponent(marked)).capabilities).toEqual([
      { name: 'http', optional: false },
      { name: 'kv', optional: true },
    ])
  })

  test('says what a core module uses, and what it is charged for', async () => {
    const uses = async (name: string): Promise<unknown> =>
      (await inspectComponent(await parse(hostile(name)))).modules.map(({ use }) => use)
    expect(await uses('exceptions-by-the-million')).toEqual([
      {
        proposals: ['exceptions'],
        features: [],
        charged: [
          { name: 'throw', by: ['memory', 'values'] },
          { name: 'throw_ref', by: ['values'] },
        ],
        traps: [],
      },
    ])
    expect(await uses('objects-large')).toMatchObject([
      {
        features: ['gc'],
        charged: [{ name: 'struct.new' }, { name: 'array.new_default', by: ['memory', 'size'] }],
      },
    ])
    expect(await uses('atomic-wait')).toMatchObject([
      { features: ['shared-memory'], traps: [{ name: 'memory.atomic.wait32', why: /stopped/ }] },
    ])
  })

  test.each([
    ['hidden-name', /the reserved name/],
    ['exception-list', /exceptions that hold other exceptions/],
    ['exception-table', /a table or global that holds exceptions/],
  ])('says why a module is refused: %s', async (name, expected) => {
    const { modules } = await inspectComponent(await parse(hostile(name)))
    expect(modules).toMatchObject([{ stampable: false, use: { refused: expected } }])
  })

  test.each([
    ['nothing', new Uint8Array(), /the file is empty/],
    ['text', new TextEncoder().encode('export default 1'), /the file is text/],
    [
      'a core module',
      new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
      /the file is a core module/,
    ],
    ['half a component', importing('mayfly:agent/kv@0.1.0').subarray(0, 20), /byte 20|end/],
  ])('says what %s is', async (_, bytes, expected) => {
    await expect(inspectComponent(bytes)).rejects.toThrow(expected)
    await expect(inspectComponent(bytes)).rejects.toMatchObject({
      code: 'ERR_COMPONENT_MALFORMED',
    })
  })
})
