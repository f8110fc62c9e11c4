import { describe, expect, it } from 'vitest'
import { random } from '../../capabilities/random/index.ts'
import { adapted } from '../testing/adapted.ts'
import { wasiRandom } from './random.ts'

describe('wasiRandom()', () => {
  it('draws anew at each call, the insecure numbers as well', async () => {
    const { of } = await adapted(wasiRandom(random()), true)
    const draws = [
      ['wasi:random/random', 'getRandomU64'],
      ['wasi:random/insecure', 'getInsecureRandomU64'],
      ['wasi:random/insecure-seed', 'insecureSeed'],
    ] as const
    for (const [name, method] of draws)
      expect(of(name)[method]?.()).not.toEqual(of(name)[method]?.())
    const bytes = of('wasi:random/random')['getRandomBytes']?.(100_000n) as Uint8Array
    expect(bytes).toHaveLength(100_000)
    expect(bytes.subarray(99_000).some((byte) => byte !== 0)).toBe(true)
    expect(() => of('wasi:random/random')['getRandomBytes']?.(2n ** 40n)).toThrow(RangeError)
  })

  it('gives a guest of WASI 0.3 one seed an invocation, and no more bytes than one draw has', async () => {
    const { of } = await adapted(wasiRandom(random()), true)
    const seed = of('wasi:random/insecure-seed@0.3')['getInsecureSeed']
    expect(seed?.()).toEqual(seed?.())
    expect(of('wasi:random/random@0.3')['getRandomU64']?.()).not.toEqual(
      of('wasi:random/random@0.3')['getRandomU64']?.(),
    )
    expect(of('wasi:random/random@0.3')['getRandomBytes']?.(2n ** 40n)).toHaveLength(1_048_576)
  })

  it('is refused when the manifest takes it away', async () => {
    const configured = await wasiRandom(random()).configure({ agent: 'a', grant: false })
    expect(configured.granted).toBe(false)
    const { of } = await adapted(wasiRandom(random()), false)
    expect(() => of('wasi:random/random')['getRandomU64']?.()).toThrow('not granted')
  })
})
