import { describe, expect, it } from 'vitest'
import { interleave, ratioOf } from './interleave.ts'
import { summarise } from './statistics.ts'

describe('summarise()', () => {
  it('gives quantiles between ranks and an interval around the median', () => {
    const summary = summarise(Array.from({ length: 101 }, (_, index) => index))
    expect(summary).toMatchObject({ count: 101, min: 0, mean: 50, p50: 50, p90: 90, p99: 99 })
    expect(summary.low).toBeLessThan(50)
    expect(summary.high).toBeGreaterThan(50)
    expect(() => summarise([])).toThrow(RangeError)
  })
})

describe('interleave()', () => {
  it('runs subjects in turn, the other way round every second time', async () => {
    const order: string[] = []
    const subject = (name: string): { name: string; run(): void } => ({
      name,
      run: () => void (order.at(-1) !== name && order.push(name)),
    })
    const options = { rounds: 2, batchMs: 0, warmUpMs: 0 }
    const measured = await interleave([subject('a'), subject('b')], options)
    expect(order.join('').endsWith('aba')).toBe(true)
    const [a, b] = measured
    if (a === undefined || b === undefined) throw new RangeError('Cannot compare')
    expect(ratioOf(a, b).count).toBe(2)
  })

  it('does not count what prepares a run', async () => {
    let prepared = 0
    const busy = (): void => {
      prepared++
      const end = performance.now() + 1
      while (performance.now() < end);
    }
    const options = { rounds: 2, batchMs: 5, warmUpMs: 5 }
    const [measured] = await interleave([{ name: 'a', before: busy, run() {} }], options)
    expect(prepared).toBeGreaterThan(3)
    expect(measured?.time.p50).toBeLessThan(500)
    expect(measured?.cpu).toBeUndefined()
  })
})
