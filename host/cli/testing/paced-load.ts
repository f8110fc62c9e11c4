/**
 * Load that does not wait for answers: requests leave at a fixed rate, like those of many independent clients. A slow
 * host gets no pause.
 *
 * @module
 */
import { Agent, request } from 'node:http'

export interface Asked {
  readonly path: string
  readonly body: string
}

export interface Answer {
  readonly asked: Asked
  readonly status: number
  readonly text: string
}

export interface PacedLoadOptions {
  readonly url: string
  /** How many requests. */
  readonly count: number
  /** Requests a second; `Infinity` for as many as `connections` carry. */
  readonly rate: number
  readonly connections: number
  /** Makes the request number `index`. */
  ask(index: number): Asked
  /** Called with each answer. */
  onAnswer(answer: Answer): void
}

const TICK_MS = 2
// Shorter than in the host, which ends connections that were idle for five seconds.
const IDLE_MS = 2_000

/** Returns the number of answers a second. Throws the error of the first request that failed. */
export async function pacedLoad(options: PacedLoadOptions): Promise<number> {
  const { url, count, rate, connections, ask, onAnswer } = options
  const agent = new Agent({ keepAlive: true, maxSockets: connections, timeout: IDLE_MS })
  const started = performance.now()
  let sent = 0
  let answered = 0
  try {
    await new Promise<void>((resolve, reject) => {
      const next = (): void => {
        const asked = ask(sent++)
        send(url, agent, asked).then(({ status, text }) => {
          onAnswer({ asked, status, text })
          if (++answered === count) return resolve()
          if (rate === Infinity && sent < count) next()
        }, reject)
      }
      if (rate === Infinity) {
        while (sent < Math.min(count, connections)) next()
        return
      }
      const tick = (): void => {
        const due = Math.min(count, ((performance.now() - started) / 1000) * rate)
        while (sent < due) next()
        if (sent < count) setTimeout(tick, TICK_MS)
      }
      tick()
    })
  } finally {
    agent.destroy()
  }
  return (count / (performance.now() - started)) * 1000
}

function send(url: string, agent: Agent, asked: Asked): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url + asked.path, { agent, method: 'POST' }, (message) => {
      let text = ''
      message.setEncoding('utf8')
      message.on('data', (chunk: string) => (text += chunk))
      message.on('end', () => resolve({ status: message.statusCode ?? 0, text }))
      message.on('error', reject)
    })
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // An idle connection that the host ended while this request was on its way.
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(send(url, agent, asked))
      else reject(error)
    })
    sent.end(asked.body)
  })
}
