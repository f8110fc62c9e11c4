/** Keeps requests under way in this process. @module */
import type { Agent } from '../../../runtime/agents/index.ts'
import type { Finding } from '../../measure/result.ts'
import { constant, summarise } from '../../measure/statistics.ts'

const MICROS = 1000

export interface Driven {
  readonly perSecond: number
  /** Microseconds. */
  readonly latencies: readonly number[]
}

/** Keeps `underWay` requests under way for so many seconds. */
export async function drive(
  pick: () => Agent,
  underWay: number,
  seconds: number,
  url: string = 'http://any/',
): Promise<Driven> {
  const latencies: number[] = []
  const request = new Request(url)
  const start = performance.now()
  const end = start + seconds * 1000
  await Promise.all(
    Array.from({ length: underWay }, async () => {
      while (performance.now() < end) {
        const from = performance.now()
        const response = await pick().fetch(request)
        if (response.status !== 200) {
          throw new Error(`Cannot measure: the agent answered ${response.status}`)
        }
        await response.arrayBuffer()
        latencies.push((performance.now() - from) * MICROS)
      }
    }),
  )
  return { perSecond: (latencies.length * 1000) / (performance.now() - start), latencies }
}

export function drivenFindings(measure: string, subject: string, driven: Driven): Finding[] {
  const { perSecond, latencies } = driven
  return [
    { measure: `${measure}: throughput`, subject, unit: 'req/s', value: constant(perSecond) },
    { measure: `${measure}: latency`, subject, unit: 'µs', value: summarise(latencies) },
  ]
}
