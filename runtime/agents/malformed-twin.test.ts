/**
 * The check of a module does not depend on modules that were loaded before it, in this runtime or in one that left its
 * code in the store.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import type { CodeStore } from '../stamp/index.ts'
import { Runtime } from './index.ts'

const HEADER = '0061736d01000000'
const VALID_DATA = '0503010001 0b0701 00 41 00 0b 01 61'

/** Modules that differ from a valid one only in parts that the identity of its code leaves out. */
const TWINS = [
  ['a section twice', '010100', '010100 010100'],
  ['a section twice, another between', '010100', '010100 0b0100 010100'],
  ['an address of 64 bits', VALID_DATA, '0503010001 0b0701 00 42 00 0b 01 61'],
  ['an address that is a fraction', VALID_DATA, '0503010001 0b0a01 00 43 00000000 0b 01 61'],
  ['an address of two values', VALID_DATA, '0503010001 0b0901 00 41 00 41 00 0b 01 61'],
  ['data of a memory that is not there', VALID_DATA, '0503010001 0b0801 02 05 41 00 0b 01 61'],
  ['data before its memory', VALID_DATA, '0b0701 00 41 00 0b 01 61 0503010001'],
] as const

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.replaceAll(' ', '').match(/../g) ?? [], (byte) => parseInt(byte, 16))
}

/** A component that instantiates one core module. */
function around(core: string): Uint8Array {
  const module = bytesOf(HEADER + core)
  const instance = bytesOf('02 04 01 00 00 00')
  return Uint8Array.from([...bytesOf('0061736d0d000100 01'), module.length, ...module, ...instance])
}

function memoryStore(): CodeStore {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  return {
    get: (key) => Promise.resolve(files.get(key)),
    set: async (key, bytes) => void files.set(key, bytes),
  }
}

async function load(runtime: Runtime, core: string): Promise<unknown> {
  return runtime.load({ component: around(core), manifest: { name: 'twin' } }).then(
    () => 'loaded',
    (error: unknown) => error,
  )
}

const refused = expect.objectContaining({ code: 'ERR_COMPONENT_MALFORMED' }) as unknown

describe('a malformed module', () => {
  it.for(TWINS)('with %s is refused alone, and beside its twin', async ([, valid, malformed]) => {
    expect(WebAssembly.validate(bytesOf(HEADER + malformed))).toBe(false)
    const codeStore = memoryStore()
    const first = new Runtime({ capabilities: [], codeStore })
    expect(await load(first, malformed)).toEqual(refused)
    expect(await load(first, valid)).toBe('loaded')
    expect(await load(first, malformed)).toEqual(refused)
    await first.close()
    const second = new Runtime({ capabilities: [], codeStore })
    expect(await load(second, malformed)).toEqual(refused)
    expect(await load(second, valid)).toBe('loaded')
    await second.close()
  })
})
