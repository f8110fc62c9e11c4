/**
 * Strings between components of every two encodings, and the sizes that the receiving side has to allocate.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { instantiate, loadWat, type Loaded } from '../testing/component.ts'
import { REALLOC_WAT } from '../testing/echo.ts'

const ENCODINGS = ['utf8', 'utf16', 'latin1+utf16'] as const
type Encoding = (typeof ENCODINGS)[number]

const TEXTS: Readonly<Record<string, string>> = {
  empty: '',
  ascii: 'mayfly',
  latin1: 'é ÿ ¼ und so weiter',
  'beyond latin1': 'žluť €',
  'latin1 and then not': `${'é'.repeat(50)}€`,
  astral: '🦟🐟 𝄞',
  'unpaired lengths': 'a🦟é€',
  zero: 'a\0b',
  long: 'aé€🦟'.repeat(3000),
}

/** The inner component takes a string and gives it back; the outer one hands it on. */
function relay(outer: Encoding, inner: Encoding): Promise<Loaded> {
  return loadWat(`(component
    (component $Inner
      (core module $m (memory (export "memory") 1) ${REALLOC_WAT}
        (func (export "echo") (param i32 i32) (result i32) (local $area i32)
          (local.set $area (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 8)))
          (i32.store (local.get $area) (local.get 0))
          (i32.store offset=4 (local.get $area) (local.get 1))
          (local.get $area)))
      (core instance $i (instantiate $m))
      (func (export "echo") (param "text" string) (result string)
        (canon lift (core func $i "echo") (memory (core memory $i "memory"))
          (realloc (core func $i "cabi_realloc")) string-encoding=${inner})))
    (instance $inner (instantiate $Inner))
    (core module $Memory (memory (export "memory") 1) ${REALLOC_WAT})
    (core instance $memory (instantiate $Memory))
    (core func $echo (canon lower (func $inner "echo") (memory (core memory $memory "memory"))
      (realloc (core func $memory "cabi_realloc")) string-encoding=${outer}))
    (core module $m
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (import "" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
      (func (export "echo") (param i32 i32) (result i32) (local $area i32)
        (local.set $area (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 8)))
        (call $echo (local.get 0) (local.get 1) (local.get $area))
        (local.get $area)))
    (core instance $i (instantiate $m (with "" (instance
      (export "echo" (func $echo)) (export "realloc" (func $memory "cabi_realloc"))))))
    (func (export "echo") (param "text" string) (result string)
      (canon lift (core func $i "echo") (memory (core memory $memory "memory"))
        (realloc (core func $memory "cabi_realloc")) string-encoding=${outer})))`)
}

const PAIRS = ENCODINGS.flatMap((outer) => ENCODINGS.map((inner) => [outer, inner] as const))

describe('a string', () => {
  it.for(PAIRS)('goes from %s to %s and back', async ([outer, inner]) => {
    const instance = instantiate(await relay(outer, inner))
    for (const text of Object.values(TEXTS)) expect(instance.lookup('echo').call([text])).toBe(text)
  })

  it.for(PAIRS)(
    'is well-formed after a lone surrogate came from the host (%s, %s)',
    async (pair) => {
      const instance = instantiate(await relay(...pair))
      expect(instance.lookup('echo').call(['x\ud800y'])).toBe('x\ufffdy')
    },
  )
})

/** Takes a string with bytes that the core module itself laid out, in the encoding of its component. */
async function sends(encoding: Encoding, data: string, length: number): Promise<unknown> {
  const loaded = await loadWat(`(component
    (core module $m (memory (export "memory") 1) (data (i32.const 16) "${data}")
      (func (export "text") (result i32)
        (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const ${length}))
        (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "text") (result string)
      (canon lift (core func $i "text") (memory (core memory $i "memory")) string-encoding=${encoding})))`)
  return instantiate(loaded).lookup('text').call([])
}

describe('what a guest sends as text', () => {
  const UTF16_TAG = 0x8000_0000 | 0

  it.for([
    ['utf8', 'a\\c3\\bc\\f0\\9f\\a6\\9f', 7, 'aü🦟'],
    ['utf16', 'a\\00\\fc\\00\\3e\\d8\\9f\\dd', 4, 'aü🦟'],
    ['latin1+utf16', 'a\\fc\\80', 3, 'aü\u0080'],
    ['latin1+utf16', 'a\\00\\fc\\00', UTF16_TAG | 2, 'aü'],
  ] as const)('%s %s', async ([encoding, data, length, text]) => {
    expect(await sends(encoding, data, length)).toBe(text)
  })

  it.for([
    ['utf8, overlong', 'utf8', '\\c0\\80', 2],
    ['utf8, a surrogate', 'utf8', '\\ed\\a0\\80', 3],
    ['utf8, beyond Unicode', 'utf8', '\\f4\\90\\80\\80', 4],
    ['utf8, cut off', 'utf8', '\\e2\\82', 2],
    ['utf8, continued from nothing', 'utf8', '\\80', 1],
    ['utf16, a lone high surrogate', 'utf16', '\\00\\d8', 1],
    ['utf16, a lone low surrogate', 'utf16', '\\00\\dca\\00', 2],
    ['utf16, reversed', 'utf16', '\\00\\dc\\00\\d8', 2],
    ['latin1+utf16, a lone surrogate', 'latin1+utf16', '\\00\\d8', UTF16_TAG | 1],
    ['utf8, longer than the memory', 'utf8', '', 70_000],
    ['utf16, longer than the memory', 'utf16', '', 40_000],
    ['utf16, longer than anything', 'utf16', '', 0x7fff_ffff],
  ] as const)('traps: %s', async ([, encoding, data, length]) => {
    await expect(sends(encoding, data, length)).rejects.toMatchObject({ code: 'ERR_GUEST_TRAPPED' })
  })
})
