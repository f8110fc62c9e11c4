/** Puts load on a server, from another process, and summarises what clients saw. @module */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CLIENT = join(import.meta.dirname, 'http-client.ts')

export interface LoadOptions {
  readonly url: string
  readonly connections: number
  readonly seconds: number
}

export interface Load {
  readonly perSecond: number
  readonly seconds: number
  /** Milliseconds. */
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/** @throws {Error} when a request failed */
export async function load({ url, connections, seconds }: LoadOptions): Promise<Load> {
  const args = ['--no-warnings', CLIENT, url, String(connections), String(seconds)]
  const { stdout } = await run(process.execPath, args)
  // What `http-client.ts` prints.
  const {
    perSecond,
    seconds: lasted,
    latency,
    failures,
  } = JSON.parse(stdout) as {
    perSecond: number
    seconds: number
    latency: { p50: number; p90: number; p99: number }
    failures: number
  }
  if (failures > 0) throw new Error(`Cannot measure ${url}: ${failures} requests failed`)
  return { perSecond, seconds: lasted, p50: latency.p50, p90: latency.p90, p99: latency.p99 }
}
