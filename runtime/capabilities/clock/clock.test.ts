import { describe, expect, it } from 'vitest'
import { configured, functionsOf, testInvocation } from '../../capability/testing.ts'
import { clock } from './clock.ts'

type Functions = 'now' | 'monotonic'

async function open(grant: unknown) {
  const capability = clock({ now: () => 1234.56, monotonic: () => 7.89 })
  return functionsOf<Functions>(capability, await configured(capability, grant), testInvocation())
}

describe('clock()', () => {
  it('reads whole milliseconds when coarse', async () => {
    const { now, monotonic } = await open('coarse')
    expect([now(), monotonic()]).toEqual([1234, 7])
  })

  it('reads fractions when the manifest grants a fine clock', async () => {
    const { now, monotonic } = await open('fine')
    expect([now(), monotonic()]).toEqual([1234.56, 7.89])
  })

  it('reads the time of the host by default', async () => {
    const capability = clock()
    const ready = await configured(capability, 'coarse')
    const before = Date.now()
    const read = Number(functionsOf<Functions>(capability, ready, testInvocation()).now())
    // The two clocks of the host may drift apart by a little.
    expect(Math.abs(read - before)).toBeLessThan(1000)
  })
})
