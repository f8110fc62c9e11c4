/**
 * Puts load on a server: some connections, each of which sends its next request when it has the response to the last.
 *
 * So a server that slows down is asked less, and waits that clients would have in a line do not show.
 *
 * @module
 */

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { LoadConnection } from './load-connection.ts'
import { methodOf, requestBytes, type LoadRequest } from './request-bytes.ts'

/** How much, for how long, and of what. */
export interface LoadOptions extends LoadRequest {
  readonly connections: number
  readonly seconds: number
  /**
   * Asked for in turn in place of the path of `url`; each connection begins at another one.
   *
   * @default that of `url`
   */
  readonly paths?: readonly string[] | undefined
  /**
   * Milliseconds after which a request without a response is broken off, and counts as an error.
   *
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined
  /** Ends it before its time: the report has what was measured. */
  readonly signal?: AbortSignal | undefined
}

/** What was measured. Requests under way at the end do not count. */
export interface LoadReport {
  readonly seconds: number
  /** How many were answered. */
  readonly requests: number
  /** Of the answered ones, from the first byte sent to the last byte received, in nanoseconds. */
  readonly latencies: RecordableHistogram
  /** How many responses had each status. */
  readonly statuses: ReadonlyMap<number, number>
  /** How many requests failed for each reason: the code of an error, or some words. */
  readonly errors: ReadonlyMap<string, number>
  readonly bytesRead: number
  readonly bytesSent: number
}

const NS_PER_MS = 1_000_000
const LOOK_MS = 250

/** @throws {TypeError} when the URL, a method or a header is none */
export async function load({
  connections,
  seconds,
  paths,
  timeoutMs = 10_000,
  signal,
  ...request
}: LoadOptions): Promise<LoadReport> {
  const url = new URL(request.url)
  const requests = (paths ?? [url.pathname + url.search]).map((path) =>
    requestBytes({ ...request, url: new URL(path, url).href }),
  )
  const latencies = createHistogram()
  const statuses = new Map<number, number>()
  const errors = new Map<string, number>()
  const events = {
    onResponse(status: number, milliseconds: number) {
      latencies.record(Math.max(1, Math.round(milliseconds * NS_PER_MS)))
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    },
    onError(reason: string) {
      errors.set(reason, (errors.get(reason) ?? 0) + 1)
    },
  }
  const startedAt = performance.now()
  const isHead = methodOf(request) === 'HEAD'
  const all = Array.from({ length: connections }, (_, index) => {
    const first = Math.floor((requests.length / connections) * index)
    return new LoadConnection({ url, requests, first, isHead, events })
  })
  const look = setInterval(() => {
    for (const connection of all) connection.endSince(performance.now() - timeoutMs)
  }, LOOK_MS)
  await elapsed(seconds, signal)
  clearInterval(look)
  const took = (performance.now() - startedAt) / 1000
  for (const connection of all) connection[Symbol.dispose]()
  return {
    seconds: took,
    requests: latencies.count,
    latencies,
    statuses,
    errors,
    bytesRead: all.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
    bytesSent: all.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
  }
}

function elapsed(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const timer = setTimeout(end, seconds * 1000)
    signal?.addEventListener('abort', end, { once: true })

    function end(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
  })
}
