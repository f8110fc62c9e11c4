/** Puts load on a server, from another process. @module */
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { ClientOptions, ClientReport } from './http-client.ts'

const CLIENT = join(import.meta.dirname, 'http-client.ts')

export type LoadOptions = ClientOptions
export type Load = Exclude<ClientReport, { readonly error: string }>

/** Clients that have nothing to do. Starting one takes longer than a short load; they end with this process. */
const idle: ChildProcess[] = []

/** @throws {Error} when a request failed */
export async function load(options: LoadOptions): Promise<Load> {
  const client = idle.pop() ?? fork(CLIENT, { execArgv: ['--no-warnings'] })
  const report = await ask(client, options)
  idle.push(client)
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
