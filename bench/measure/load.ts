/** Puts load on a server, from another process. @module */
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { ClientOptions, ClientReport } from './http-client.ts'

const CLIENT = join(import.meta.dirname, 'http-client.ts')

export type LoadOptions = ClientOptions
export type Load = Exclude<ClientReport, { readonly error: string }>

/** Clients that have nothing to do. Starting one takes longer than a short load; they end with this process. */
const idle: ChildProcess[] = []

// On a very busy machine a short load may get no answer, or get one too late.
const ATTEMPTS = 3
const LONGER = 4

/** @throws {Error} when requests fail however often it is tried */
export async function load(options: LoadOptions): Promise<Load> {
  let failed = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const report = await loadOnce({ ...options, seconds: options.seconds * LONGER ** attempt })
    if (!('error' in report) && report.failures === 0) return report
    failed = 'error' in report ? report.error : `${report.failures} requests failed`
  }
  throw new Error(`Cannot measure ${options.url}: ${failed}`)
}

async function loadOnce(options: LoadOptions): Promise<ClientReport> {
  const client = idle.pop() ?? fork(CLIENT, { execArgv: ['--no-warnings'] })
  const report = await ask(client, options)
  idle.push(client)
  return report
}

function ask(asked: ChildProcess, options: LoadOptions): Promise<ClientReport> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`Cannot measure ${options.url}: the client ended with ${code}`))
    asked.once('exit', onExit)
    asked.once('message', (report: ClientReport) => {
      asked.off('exit', onExit)
      resolve(report)
    })
    asked.send(options)
  })
}
