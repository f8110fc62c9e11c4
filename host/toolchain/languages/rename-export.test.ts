/** @module */
import { expect, test } from 'vitest'
import { renameExports } from './rename-export.ts'

// (module (memory (export "memory") 1) (func (export "handle")))
const MODULE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  0x01, 0x04, 0x01, 0x60, 0x00, 0x00,
  0x03, 0x02, 0x01, 0x00,
  0x05, 0x03, 0x01, 0x00, 0x01,
  0x07, 0x13, 0x02, 0x06, ...new TextEncoder().encode('memory'), 0x02, 0x00, 0x06, ...new TextEncoder().encode('handle'), 0x00, 0x00,
  0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b,
]) // prettier-ignore

function exportsOf(bytes: Uint8Array<ArrayBuffer>): string[] {
  return WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name)
}

test('renameExports() renames exports and keeps the module valid', () => {
  const name = `a:b/${'c'.repeat(200)}@0.1.0#handle` // Longer than one byte of length can say
  expect(exportsOf(renameExports(MODULE, { handle: name }))).toEqual(['memory', name])
})

test('renameExports() leaves a module without such an export as it is', () => {
  expect(renameExports(MODULE, { nope: 'x' })).toEqual(MODULE)
})

test('renameExports() refuses half a module', () => {
  expect(() => renameExports(MODULE.subarray(0, 30), { handle: 'x' })).toThrow(
    expect.objectContaining({ code: 'ERR_COMPONENT_MALFORMED' }),
  )
})
