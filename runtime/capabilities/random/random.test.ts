import { describe, expect, it } from 'vitest'
import { configured, functionsOf, testInvocation } from '../../host-module/testing.ts'
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

  it('begins anew with every invocation when seeded', async () => {
    const capability = random()
    const ready = await configured(capability, { seed: 'a' })
    const numbers = () => {
      const { bytes, next } = functionsOf<Functions>(capability, ready, testInvocation())
      return [next(), bytes(5), bytes(3000), next()]
    }
    expect(numbers()).toEqual(numbers())
    // Written down: the same seed must give the same numbers in every version.
    expect((await open({ seed: 'a' })).next()).toBe(14506823492009669134n)
    expect((await open({ seed: 'b' })).next()).not.toBe((await open({ seed: 'a' })).next())
    const other = await configured(capability, { seed: 'a' }, 'other')
    expect(functionsOf<Functions>(capability, other, testInvocation()).next()).not.toBe(
      14506823492009669134n,
    )
  })

  it('spreads seeded bytes evenly', async () => {
    const { bytes } = await open({ seed: 'a' })
    const counts = new Uint32Array(256)
    for (const byte of bytes(65_536) as Uint8Array) counts[byte] = (counts[byte] ?? 0) + 1
    expect(Math.min(...counts)).toBeGreaterThan(180)
    expect(Math.max(...counts)).toBeLessThan(340)
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
