/**
 * The page of the operator: what ten people who look at it cost the agents, and how long its button takes that stops all
 * while guests hold every worker.
 *
 * @module
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PageLink, PageSession, StopResult } from '../../../host/control/index.ts'
import type { Finding } from '../../measure/result.ts'
import { BenchServer, type ServerLoad } from '../../measure/server.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'

const SERVER = join(import.meta.dirname, 'operator-server.ts')
const CONNECTIONS = 32
const VIEWERS = 10
const ROUNDS = { quick: 2, full: 20 }
const SECONDS = { quick: 0.3, full: 1 }
const WARM_UP = { connections: 8, seconds: 1 }
const LEAST_SHARE = 0.97

const STOPS = { quick: 10, full: 200 }
const CALLS = 8 // More than the workers
// By then the calls compute.
const SETTLE_MS = 40
const MAX_STOP_MS = 50

export const operator: Case = {
  name: 'operator',
  against: false,
  async run({ quick, progress }) {
    using server = await BenchServer.start(SERVER, [])
    const page = await Page.open(server)
    const shares = quick ? ROUNDS.quick : ROUNDS.full
    const stops = quick ? STOPS.quick : STOPS.full
    const watched = await viewers(server, page, {
      rounds: shares,
      seconds: quick ? SECONDS.quick : SECONDS.full,
      progress: (part) => progress(part / 2),
    })
    const stopped = await stopAll(server, page, stops, (part) => progress((1 + part) / 2))
    return [...watched, ...stopped]
  },
}

interface Rounds {
  readonly rounds: number
  readonly seconds: number
  readonly progress: (part: number) => void
}

/** With and without viewers in turn, the other first in every second round. */
async function viewers(
  server: BenchServer,
  page: Page,
  { rounds, seconds, progress }: Rounds,
): Promise<Finding[]> {
  const options = { connections: CONNECTIONS, seconds }
  const alone: number[] = []
  const watched: number[] = []
  const ratio: number[] = []
  const cpu = { alone: [] as number[], watched: [] as number[] }
  await server.load('/hundred/', WARM_UP)
  const measureWatched = async (): Promise<ServerLoad> => {
    const left = new AbortController()
    await Promise.all(Array.from({ length: VIEWERS }, () => page.follow(left.signal)))
    const made = await server.load('/hundred/', options)
    left.abort()
    return made
  }
  const measureAlone = (): Promise<ServerLoad> => server.load('/hundred/', options)
  for (let round = 0; round < rounds; round++) {
    const isFirst = round % 2 === 0
    const before = isFirst ? await measureAlone() : undefined
    const during = await measureWatched()
    const without = before ?? (await measureAlone())
    alone.push(without.perSecond)
    watched.push(during.perSecond)
    ratio.push(during.perSecond / without.perSecond)
    cpu.alone.push(without.cpuMicros)
    cpu.watched.push(during.cpuMicros)
    progress((round + 1) / rounds)
  }
  const measure = `HTTP, ${CONNECTIONS} connections, the page of the operator: throughput`
  return [
    {
      measure,
      subject: 'without pages',
      unit: 'req/s',
      value: summarise(alone),
      cpu: summarise(cpu.alone),
    },
    {
      measure,
      subject: `${VIEWERS} pages are open`,
      unit: 'req/s',
      value: summarise(watched),
      cpu: summarise(cpu.watched),
      ratio: { of: 'with ÷ without', value: summarise(ratio) },
      goal: { on: 'ratio', quantile: 'p50', atLeast: LEAST_SHARE },
    },
  ]
}

async function stopAll(
  server: BenchServer,
  page: Page,
  rounds: number,
  progress: (part: number) => void,
): Promise<Finding[]> {
  const answered: number[] = []
  const reported: number[] = []
  while (answered.length < rounds) {
    const calls = Array.from({ length: CALLS }, () =>
      fetch(`${server.url}/looping/`).then((response) => response.arrayBuffer()),
    )
    await sleep(SETTLE_MS)
    const start = performance.now()
    const { stopped, tookMs } = (await page.post('/-/stop')) as StopResult // As the host answers
    const answeredMs = performance.now() - start
    await Promise.all(calls)
    for (const name of ['looping', 'hundred']) await page.post(`/-/agents/${name}/enable`)
    // Calls that had not begun were refused: there was nothing to stop.
    if (stopped === 0) continue
    answered.push(answeredMs)
    reported.push(tookMs)
    progress(answered.length / rounds)
  }
  const measure = 'stop all agents, while guests hold every worker'
  return [
    {
      measure,
      subject: 'until the page has the answer',
      unit: 'ms',
      value: summarise(answered),
      goal: { on: 'value', quantile: 'p99', atMost: MAX_STOP_MS },
    },
    { measure, subject: 'as the host reports it', unit: 'ms', value: summarise(reported) },
  ]
}

/** A page that was opened by a link of the host. */
class Page {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>

  private constructor(url: string, token: string) {
    this.#url = url
    this.#headers = { authorization: `Bearer ${token}` }
  }

  static async open(server: BenchServer): Promise<Page> {
    const link = (await server.ask('link')) as PageLink // The server sends it.
    const { origin, hash } = new URL(link.url)
    const body = JSON.stringify({ code: hash.slice(1) })
    const response = await fetch(`${origin}/-/page/session`, { method: 'POST', body })
    const { token } = (await response.json()) as PageSession // As the host answers
    return new Page(origin, token)
  }

  async post(path: string): Promise<unknown> {
    const response = await fetch(this.#url + path, { method: 'POST', headers: this.#headers })
    if (!response.ok) throw new Error(`Cannot measure: ${path} answered ${response.status}`)
    return response.json()
  }

  /** Reads what the page hears, until `signal`. Resolves with the first of it. */
  async follow(signal: AbortSignal): Promise<void> {
    const init = { headers: this.#headers, signal }
    const { body } = await fetch(`${this.#url}/-/page/events`, init)
    const reader = body?.getReader()
    await reader?.read()
    const readOn = async (): Promise<void> => {
      while ((await reader?.read())?.done === false);
    }
    readOn().catch(() => {}) // It breaks off when the round ends.
  }
}
