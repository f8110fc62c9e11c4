import { describe, expect, it } from 'vitest'
import { configured, functionsOf, testInvocation } from '../../host-module/testing.ts'
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

  it('stands still when fixed, and counts each invocation from 0', async () => {
    let time = 7.89
    const capability = clock({ now: () => 1234.56, monotonic: () => (time += 2.5) })
    const ready = await configured(capability, { fixedMs: 1000 })
    for (let invocation = 0; invocation < 2; invocation++) {
      const { now, monotonic } = functionsOf<Functions>(capability, ready, testInvocation())
      expect([now(), monotonic(), now(), monotonic()]).toEqual([1000, 2, 1000, 5])
    }
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
