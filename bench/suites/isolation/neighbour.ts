/**
 * How long a neighbour's requests take while a hostile agent is at work, and while none is: in turn, in one run,
 * for each hostile component.
 *
 * Two clients call the attacker, one for each worker, as fast as they get answers. The neighbour's client
 * makes a new connection for each request, so that it cannot stay on a worker that happens to be free.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Finding } from '../../measure/result.ts'
import { summarise, type Summary } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'
import type { IsolationServerMessage } from './server.ts'

const SERVER = join(import.meta.dirname, 'server.ts')
/** One agent of each kind, for a short run. */
const QUICK = [
  'endless-loop',
  'endless-finally',
  'memory-bomb',
  'realloc-endless',
  'call-storm',
  'log-flood',
]
const ROUNDS = { quick: 2, full: 4 }
const WINDOW_MS = { quick: 400, full: 1_000 }
const INTERVAL_MS = 5
const ATTACKING_CLIENTS = 2
// By then all work of an attack has ended, because its client is gone.
const SETTLE_MS = 50
const MAX_P99_MS = 60
const MAX_P99_RATIO = 5
const MAX_MEDIAN_RATIO = 2

export const neighbour: Case = {
  name: 'neighbour',
  against: false,
  async run({ quick, progress, skip }) {
    const child = fork(SERVER, quick ? QUICK : [], {
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const [message] = await once(child, 'message')
    const host = message as IsolationServerMessage // As server.ts sends it.
    const { attackers, refused } = host
    if (refused.length > 0) skip(`refused when loaded: ${refused.join(', ')}`)
    const rounds = quick ? ROUNDS.quick : ROUNDS.full
    const windowMs = quick ? WINDOW_MS.quick : WINDOW_MS.full
    await measure(host, windowMs)
    const found: Attacked[] = []
    for (const [index, attacker] of attackers.entries()) {
      const run = `${host.url}/-/functions/${attacker.name}/run`
      const body = attacker.serves ? undefined : await inputOf(host.url, attacker.name)
      const attacked: Attacked = { name: attacker.name, times: [], medians: [], tails: [] }
      for (let round = 0; round < rounds; round++) {
        const quiet = summarise(await measure(host, windowMs))
        const attack = new Attack(body === undefined ? `${host.url}/${attacker.name}/` : run, body)
        const times = await measure(host, windowMs)
        attack.stop()
        await sleep(SETTLE_MS)
        const busy = summarise(times)
        attacked.times.push(...times)
        attacked.medians.push(busy.p50 / quiet.p50)
        attacked.tails.push(busy.p99 / quiet.p99)
      }
      found.push(attacked)
      progress((index + 1) / attackers.length)
    }
    child.disconnect()
    return findings(found)
  },
}

/** By the names that the hostile components give their parameters. */
const ARGUMENTS: Readonly<Record<string, unknown>> = {
  n: 1,
  numbers: [1, 2, 3, 4],
  text: 'x'.repeat(100),
  texts: Array(50).fill('x'),
}

/** As the control plane lists the functions of an agent. */
interface FunctionList {
  readonly functions: readonly {
    readonly name: string
    readonly parameters: { readonly properties: Readonly<Record<string, unknown>> }
  }[]
}

interface Attacked {
  readonly name: string
  /** Of the neighbour's requests, in milliseconds. */
  readonly times: number[]
  /** By round: how many times as long as in the quiet before it. */
  readonly medians: number[]
  readonly tails: number[]
}

function findings(found: readonly Attacked[]): Finding[] {
  const one = found.map(({ name, times, tails }): Finding => ({
    measure: 'neighbour, beside a hostile agent at work',
    subject: name,
    unit: 'ms',
    value: summarise(times),
    ratio: { of: 'p99 without it', value: summarise(tails) },
    goal: { on: 'value', quantile: 'p99', atMost: MAX_P99_MS },
  }))
  const worst = (of: (each: Attacked) => Summary, measure: string, atMost: number): Finding => {
    const [first] = found.toSorted((a, b) => of(b).p50 - of(a).p50)
    if (first === undefined) throw new RangeError('Cannot compare: no attacker was served')
    return {
      measure,
      subject: first.name,
      unit: 'ms',
      value: summarise(first.times),
      ratio: { of: 'without it', value: of(first) },
      goal: { on: 'ratio', quantile: 'p50', atMost },
      note: `the worst of ${found.length}`,
    }
  }
  return [
    ...one,
    worst(
      ({ tails }) => summarise(tails),
      'neighbour, p99 beside its worst neighbour',
      MAX_P99_RATIO,
    ),
    worst(
      ({ medians }) => summarise(medians),
      'neighbour, median beside its worst neighbour',
      MAX_MEDIAN_RATIO,
    ),
  ]
}

/** Asks the neighbour at even intervals, whether it answers or not. */
async function measure(
  { url, neighbour: name }: IsolationServerMessage,
  windowMs: number,
): Promise<number[]> {
  const answers: Promise<number>[] = []
  const until = performance.now() + windowMs
  while (performance.now() < until) {
    answers.push(ask(`${url}/${name}/`))
    await sleep(INTERVAL_MS)
  }
  return Promise.all(answers)
}

/** Until it is answered: a connection that breaks is made again, and that takes part of the time. */
async function ask(url: string): Promise<number> {
  const started = performance.now()
  for (;;) {
    const status = await statusOf(url)
    if (status === 200) return performance.now() - started
    if (status !== undefined) throw new Error(`Cannot measure ${url}: it answered ${status}`)
  }
}

/** Nothing when the connection broke. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume()
      response.on('close', () => resolve(response.complete ? response.statusCode : undefined))
    }).on('error', () => setTimeout(() => resolve(undefined), INTERVAL_MS))
  })
}

/** Returns the arguments for the function `run` of a hostile component, in JSON. */
async function inputOf(url: string, agent: string): Promise<string> {
  const response = await fetch(`${url}/-/functions/${agent}`)
  const { functions } = (await response.json()) as FunctionList
  const names = Object.keys(
    functions.find(({ name }) => name === 'run')?.parameters.properties ?? {},
  )
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, ARGUMENTS[name]])))
}

/** Clients that call a hostile agent again as soon as it has answered. */
class Attack {
  readonly #agent = new Agent({ keepAlive: true })
  readonly #url: string
  readonly #body: string | undefined
  #stopped = false

  constructor(url: string, body: string | undefined) {
    this.#url = url
    this.#body = body
    for (let client = 0; client < ATTACKING_CLIENTS; client++) this.#call()
  }

  stop(): void {
    this.#stopped = true
    this.#agent.destroy()
  }

  #call(): void {
    if (this.#stopped) return
    const sent = request(this.#url, {
      agent: this.#agent,
      method: this.#body === undefined ? 'GET' : 'POST',
    })
    const again = (): void => void setImmediate(() => this.#call())
    sent.on('response', (response) => {
      response.resume()
      response.on('close', again)
    })
    sent.on('error', again)
    sent.end(this.#body)
  }
}
