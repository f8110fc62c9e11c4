/**
 * Revoking and killing: the time from the operator's request to the end of the guest's work.
 *
 * Two ends are measured. The host reports the first: every worker has carried the order out, so it has reached the
 * guest. A client of the guest, in another process, sees the second: the answer `denied`, or the 503 of an invocation
 * that was stopped.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request, type RequestOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Finding } from '../../measure/result.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'
import type { ControlServerMessage } from './control-server.ts'

const SERVER = join(import.meta.dirname, 'control-server.ts')
const ROUNDS = { quick: 25, full: 300 }
// By then a computing guest is in its loop, and a waiting guest has sent its request.
const SETTLE_MS = 15
const MAX_MS = 5

type Order = { readonly action: 'kill' } | { readonly action: 'grants'; readonly rule: string }

interface Attempt {
  readonly measure: string
  /** The path of the guest. */
  readonly path: string
  readonly order: Order
  /** The status that the client of the guest gets in the end. */
  readonly status: number
}

const ATTEMPTS: readonly Attempt[] = [
  {
    measure: 'kill of a guest that computes',
    path: '/compute',
    order: { action: 'kill' },
    status: 503,
  },
  { measure: 'kill of a guest that waits', path: '/wait', order: { action: 'kill' }, status: 503 },
  {
    measure: 'revoke from a guest that uses the store',
    path: '/use',
    order: { action: 'grants', rule: 'kv.notes' },
    status: 200,
  },
  {
    measure: 'revoke from a guest that waits for an answer',
    path: '/wait',
    order: { action: 'grants', rule: 'http[0]' },
    status: 200,
  },
]

export const control: Case = {
  name: 'revoke-and-kill',
  against: false,
  async run({ quick, progress }) {
    const rounds = quick ? ROUNDS.quick : ROUNDS.full
    // Takes requests and never answers.
    const upstream = createServer(() => {}).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const { port } = upstream.address() as AddressInfo // It listens on a port.
    const child = fork(SERVER, [String(port)], { execArgv: ['--no-warnings'] })
    const [message] = await once(child, 'message')
    const host = new ControlledHost(message as ControlServerMessage, port)
    const found = ATTEMPTS.map(() => ({ seen: [] as number[], carriedOut: [] as number[] }))
    const floor: number[] = []
    // The first of each is where code is compiled and connections are made.
    for (let round = -1; round < rounds; round++) {
      for (const [index, attempt] of ATTEMPTS.entries()) {
        const ended = await host.attempt(attempt)
        if (round < 0 || ended === undefined) continue
        found[index]?.seen.push(ended.seenMs)
        found[index]?.carriedOut.push(ended.tookMs)
      }
      if (round >= 0) floor.push(await host.roundTrip())
      progress((round + 1) / rounds)
    }
    child.disconnect()
    upstream.close()
    upstream.closeAllConnections()
    const findings = ATTEMPTS.flatMap(({ measure }, index): Finding[] => {
      const { seen = [], carriedOut = [] } = found[index] ?? {}
      return [
        {
          measure: `${measure}: until its client knows`,
          subject: 'mayfly',
          unit: 'ms',
          value: summarise(seen),
        },
        {
          measure: `${measure}: as the host reports it`,
          subject: 'mayfly',
          unit: 'ms',
          value: summarise(carriedOut),
          goal: { on: 'value', quantile: 'p99', atMost: MAX_MS },
          note: 'until the last worker has said that it was carried out there',
        },
      ]
    })
    return [
      ...findings,
      {
        measure: 'for comparison: a request to the same socket that changes nothing',
        subject: 'mayfly',
        unit: 'ms',
        value: summarise(floor),
      },
    ]
  },
}

class ControlledHost {
  readonly #message: ControlServerMessage
  readonly #upstream: string
  readonly #agent = new Agent({ keepAlive: true })

  constructor(message: ControlServerMessage, upstreamPort: number) {
    this.#message = message
    this.#upstream = `http://127.0.0.1:${upstreamPort}/`
  }

  /** Nothing when the order came before the guest had begun. */
  async attempt({
    path,
    order,
    status,
  }: Attempt): Promise<{ seenMs: number; tookMs: number } | undefined> {
    const { url } = this.#message
    const upstream = encodeURIComponent(this.#upstream)
    const running = this.#ask(`${url}/controlled${path}?upstream=${upstream}`, {})
    await sleep(SETTLE_MS)
    const start = performance.now()
    const seen = running.then((answer) => ({ ...answer, ms: performance.now() - start }))
    const { tookMs, stopped } = await this.#give(order)
    if (order.action === 'kill' && stopped === 0) {
      // The guest had not begun, so there is nothing to measure. It still has to be ended.
      while ((await this.#give(order)).stopped === 0) await sleep(SETTLE_MS)
      await seen
      return undefined
    }
    const { ms, ...answer } = await seen
    if (answer.status !== status || (status === 200 && answer.text !== 'denied')) {
      throw new Error(`Cannot measure ${order.action}: ${answer.status} ${answer.text}`)
    }
    if (order.action === 'grants') await this.#restore(order.rule)
    return { seenMs: ms, tookMs }
  }

  async #give(order: Order): Promise<{ tookMs: number; stopped: number }> {
    const body = order.action === 'kill' ? '' : JSON.stringify({ revoke: [order.rule] })
    const { text } = await this.#order(order.action, body)
    return JSON.parse(text) as { tookMs: number; stopped: number } // As the control plane answers.
  }

  async #restore(rule: string): Promise<void> {
    const { status, text } = await this.#order('grants', JSON.stringify({ restore: [rule] }))
    if (status !== 200) throw new Error(`Cannot restore ${rule}: ${status} ${text}`)
  }

  #order(action: Order['action'], body: string): Promise<{ status: number; text: string }> {
    const { socketPath } = this.#message
    const path = `http://localhost/-/agents/controlled/${action}`
    return this.#ask(path, { socketPath, method: 'POST' }, body)
  }

  async roundTrip(): Promise<number> {
    const { socketPath } = this.#message
    const start = performance.now()
    await this.#ask('http://localhost/-/health', { socketPath })
    return performance.now() - start
  }

  #ask(url: string, options: RequestOptions, body = ''): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { agent: this.#agent, ...options })
      sent.on('response', async (response) => {
        const text = Buffer.concat(await Array.fromAsync(response)).toString()
        resolve({ status: response.statusCode ?? 0, text })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}
