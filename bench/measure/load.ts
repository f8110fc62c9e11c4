/** Puts load on a server, from another process. @module */
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { ClientOptions, ClientReport } from './http-client.ts'

const CLIENT = join(import.meta.dirname, 'http-client.ts')

export type LoadOptions = ClientOptions
export type Load = Exclude<ClientReport, { readonly error: string }>

/** One for all loads of this process, which ends with it: starting it takes longer than a short load. */
let client: ChildProcess | undefined

/**
 * One load at a time.
 *
 * @throws {Error} when a request failed
 */
export async function load(options: LoadOptions): Promise<Load> {
  client ??= fork(CLIENT, { execArgv: ['--no-warnings'] })
  const report = await ask(client, options)
  const failed = 'error' in report ? report.error : `${report.failures} requests failed`
  if ('error' in report || report.failures > 0) {
    throw new Error(`Cannot measure ${options.url}: ${failed}`)
  }
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
