import { describe, expect, it } from 'vitest'
import { configured, functionsOf, testInvocation } from '../../capability/testing.ts'
import { random } from './random.ts'

type Functions = 'bytes' | 'next'

async function open(grant: unknown, capability = random()) {
  return functionsOf<Functions>(capability, await configured(capability, grant), testInvocation())
}

describe('random()', () => {
  it('never serves a byte twice', async () => {
    let filled = 0
    const counting = random({
      fill: (bytes) => {
        const numbers = new Uint16Array(bytes.buffer)
        for (let index = 0; index < numbers.length; index++) numbers[index] = filled++
      },
    })
    const { bytes } = await open(true, counting)
    const drawn = [4, 6, 1000, 2, 700, 900, 900, 900, 900].flatMap((length) => [
      ...new Uint16Array((bytes(length) as Uint8Array<ArrayBuffer>).buffer),
    ])
    expect(new Set(drawn).size).toBe(drawn.length)
  })

  it('gives two invocations different numbers', async () => {
    const capability = random()
    const ready = await configured(capability, true)
    const one = functionsOf<Functions>(capability, ready, testInvocation()).next()
    const other = functionsOf<Functions>(capability, ready, testInvocation()).next()
    expect(typeof one).toBe('bigint')
    expect(one).not.toBe(other)
  })

  it('draws up to 65536 bytes and traps above', async () => {
    const { bytes } = await open(true)
    expect((bytes(65_536) as Uint8Array).length).toBe(65_536)
    expect((bytes(0) as Uint8Array).length).toBe(0)
    expect(() => bytes(65_537)).toThrow(RangeError)
  })

  it('traps when the manifest takes it away', async () => {
    const { next } = await open(false)
    expect(() => next()).toThrow('not granted')
  })
})
