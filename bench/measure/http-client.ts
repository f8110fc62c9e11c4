/**
 * Loads servers from a separate process: takes `ClientOptions` as a message, answers with a `ClientReport`, and ends
 * with its parent.
 *
 * @module
 */
import type { RecordableHistogram } from 'node:perf_hooks'
import { load, type LoadReport } from '../../host/load/index.ts'
import { medianRanks, type Summary } from './statistics.ts'

export interface ClientOptions {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /**
   * Asked for in turn; each connection begins at another one.
   *
   * @default that of `url`
   */
  readonly paths?: readonly string[]
  /**
   * JSON that each request posts.
   *
   * @default each is a GET
   */
  readonly json?: string
  /**
   * Headers beside the content type of `json`.
   *
   * @default none
   */
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

export type ClientReport =
  | {
      readonly perSecond: number
      readonly seconds: number
      /** Milliseconds. */
      readonly latency: Summary
      readonly failures: number
    }
  | { readonly error: string }

process.on('message', (options: ClientOptions) => {
  measure(options).then(
    (report) => process.send?.(report),
    (error: unknown) => process.send?.({ error: String(error) } satisfies ClientReport),
  )
})

// The parent is gone, so the report has no reader.
process.on('disconnect', () => process.exit())

const NS_PER_MS = 1_000_000

async function measure({
  json,
  headers: further = [],
  ...options
}: ClientOptions): Promise<ClientReport> {
  const headers = [['content-type', 'application/json'] as const, ...further]
  const report = await load({ ...options, ...(json === undefined ? {} : { body: json, headers }) })
  if (report.requests === 0) throw new Error('nothing was answered')
  return {
    perSecond: report.requests / report.seconds,
    seconds: report.seconds,
    latency: summaryOf(report.latencies),
    failures: failuresOf(report),
  }
}

function failuresOf({ statuses, errors }: LoadReport): number {
  const bad = [...statuses].filter(([status]) => status < 200 || status > 299)
  return [...bad, ...errors].reduce((sum, [, count]) => sum + count, 0)
}

function summaryOf(latencies: RecordableHistogram): Summary {
  const { count, min, max, mean } = latencies
  const at = (share: number): number => latencies.percentile(share * 100) / NS_PER_MS
  const { low, high } = medianRanks(count)
  return {
    ...{ count, min: min / NS_PER_MS, mean: mean / NS_PER_MS, max: max / NS_PER_MS },
    ...{ p50: at(0.5), p90: at(0.9), p99: at(0.99) },
    ...{ low: at((low + 1) / count), high: at((high + 1) / count) },
  }
}
