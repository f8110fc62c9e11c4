/**
 * Records of any number of fields: the first eight are written out in the codec, the others are not.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import type { ValueType } from '../../abi/index.ts'
import { instantiate, load } from '../testing/component.ts'
import { ECHO_INTERFACE, echoComponent, HOST_INTERFACE } from '../testing/echo.ts'

const KINDS = ['u8', 's64', 'f64', 'string', 'bool', 'char'] as const
const VALUES = [7, -9n, 0.5, 'seven', true, '\u{1f600}']

// Up to 16 core values they travel flat, beyond it in memory.
const COUNTS = [1, 2, 7, 8, 9, 10, 13, 20]

function recordOf(count: number): ValueType {
  const fields = Array.from({ length: count }, (_, index) => ({
    name: `f-${index}`,
    type: { kind: KINDS[index % KINDS.length] ?? 'u8' },
  }))
  return { kind: 'record', fields }
}

function valueOf(count: number): Record<string, unknown> {
  const pairs = Array.from({ length: count }, (_, index) => [
    `f${index}`,
    VALUES[index % VALUES.length],
  ])
  return Object.fromEntries(pairs) as Record<string, unknown> // Pairs of name and value
}

describe('records and flags', () => {
  const option: ValueType = { kind: 'option', some: { kind: 'string' } }
  const names = ['constructor', 'to-string', 'value-of']
  const fields = names.map((name) => ({ name, type: option }))

  it('cross without fields that were not given, also when every object inherits one', async () => {
    const loaded = load(
      await echoComponent([
        { kind: 'record', fields },
        { kind: 'flags', names },
      ]),
    )
    const same = (value: unknown): unknown => value
    const instance = instantiate(loaded, { [HOST_INTERFACE]: { e0: same, e1: same } })
    const [record, flags] = [0, 1].map((at) => instance.lookup(`${ECHO_INTERFACE}#e${at}`))
    const nothing = { constructor: undefined, toString: undefined, valueOf: undefined }
    expect(record?.call([{}])).toStrictEqual(nothing)
    const given = { ...nothing, constructor: 'a', valueOf: 'b' }
    expect(record?.call([given])).toStrictEqual(given)
    expect(flags?.call([{}])).toStrictEqual({ constructor: false, toString: false, valueOf: false })
    const set = { constructor: true, toString: false, valueOf: true }
    expect(flags?.call([set])).toStrictEqual(set)
  })
})

describe('records', () => {
  it('cross with all their fields, and name the one that does not fit', async () => {
    const loaded = load(await echoComponent(COUNTS.map(recordOf)))
    const host = Object.fromEntries(COUNTS.map((_, at) => [`e${at}`, (value: unknown) => value]))
    for (const [at, count] of COUNTS.entries()) {
      const instance = instantiate(loaded, { [HOST_INTERFACE]: host })
      const echo = instance.lookup(`${ECHO_INTERFACE}#e${at}`)
      const value = valueOf(count)
      expect(echo.call([value])).toStrictEqual(value)
      for (let index = 0; index < count; index++) {
        const key = `f${index}`
        expect(() => echo.call([{ ...value, [key]: null }])).toThrow(`arguments[0].${key}:`)
      }
      expect(echo.call([{ ...value, further: 1 }])).toStrictEqual(value)
    }
  })
})
