/**
 * Loads servers from a separate process: takes `ClientOptions` as a message, answers with a `ClientReport`, and ends
 * with its parent.
 *
 * autocannon makes the load; its own histogram knows whole milliseconds only, so latencies are kept here.
 *
 * @module
 */
import autocannon, { type Instance, type Result } from 'autocannon'
import { summarise, type Summary } from './statistics.ts'

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
  load(options).then(
    (report) => process.send?.(report),
    (error: unknown) => process.send?.({ error: String(error) } satisfies ClientReport),
  )
})

// The parent is gone, so the report has no reader.
process.on('disconnect', () => process.exit())

async function load({
  url,
  connections,
  seconds,
  paths,
  json,
}: ClientOptions): Promise<ClientReport> {
  const latencies: number[] = []
  let clients = 0
  const { requests, errors, non2xx, duration } = await new Promise<Result>((resolve, reject) => {
    const options: autocannon.Options = {
      url,
      connections,
      duration: seconds,
      ...(json === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: json }),
    }
    options.setupClient = (client) => {
      if (paths === undefined) return
      const first = Math.floor((paths.length / connections) * clients++)
      const turned = [...paths.slice(first), ...paths.slice(0, first)]
      client.setRequests(turned.map((path) => ({ method: 'GET', path })))
    }
    const instance: Instance = autocannon(options, (error: unknown, result) =>
      error === null || error === undefined ? resolve(result) : reject(error),
    )
    instance.on('response', (_client, _status, _bytes, milliseconds) => {
      latencies.push(milliseconds)
    })
  })
  if (latencies.length === 0) throw new Error('nothing was answered')
  return {
    perSecond: requests.total / duration,
    seconds: duration,
    latency: summarise(latencies),
    failures: errors + non2xx,
  }
}
