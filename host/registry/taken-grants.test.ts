/**
 * Random versions, revocations and narrowings of one agent: what was taken is not there again, and a version that gains
 * nothing can do no more than the one before could.
 *
 * @module
 */

import { describe, expect, it } from 'vitest'
import { isMayflyError } from '../../runtime/errors/index.ts'
import { canonical } from '../../runtime/grants/index.ts'
import { manifestFromObject, type Capabilities } from '../../runtime/manifest/index.ts'
import {
  attenuateCapabilities,
  decideHttp,
  leaseLeftMs,
  parseAttenuation,
  takenBy,
  withoutTaken,
} from '../../runtime/policy/index.ts'
import { AgentLedger, type Candidate } from './agent-ledger.ts'
import { memoryState } from './state/index.ts'

const SEQUENCES = process.env['MAYFLY_SOAK'] === undefined ? 200 : 5_000
const STEPS = 10
const HOSTS = ['a.test', 'b.test', '*.test', 'a.b.test', '*.b.test']
const PATHS = ['/*', '/v1/*', '/v1/x', '/v2*']
const METHODS = ['GET', 'POST']
const HEADERS = [undefined, { authorization: '{secret:KEY}' }]
const TARGETS = ['a.test', 'b.test', 'c.test', 'a.b.test', 'x.b.test'].flatMap((host) =>
  ['/', '/v1/x', '/v1/y', '/v2x'].flatMap((path) =>
    METHODS.map((method) => ({ method, url: new URL(`https://${host}${path}`) })),
  ),
)

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

type Random = ReturnType<typeof randomFrom>

function oneOf<Value>(random: Random, values: readonly Value[]): Value | undefined {
  return values[random(values.length)]
}

function someOf<Value>(random: Random, values: readonly Value[]): Value[] {
  const some = values.filter(() => random(2) === 0)
  return some.length === 0 ? values.slice(0, 1) : some
}

function version(random: Random, byte: number): Candidate {
  const http = Array.from({ length: 1 + random(4) }, () => {
    const headers = oneOf(random, HEADERS)
    return {
      host: oneOf(random, HOSTS),
      paths: someOf(random, PATHS),
      methods: someOf(random, METHODS),
      ...(headers === undefined ? {} : { headers }),
    }
  })
  const manifest = manifestFromObject({ name: 'shop', capabilities: { http } })
  return { manifest, component: new Uint8Array([byte]), imports: [] }
}

/** Requests that rules allow, and the headers that each of the rules sets on them. */
function allowed({ http = [] }: Capabilities): { requests: Set<string>; sent: Set<string> } {
  const [requests, sent] = [new Set<string>(), new Set<string>()]
  for (const rule of http.filter((each) => leaseLeftMs(each) > 0)) {
    for (const target of TARGETS.filter((each) => decideHttp([rule], each).state === 'allowed')) {
      const request = `${target.method} ${target.url.href}`
      requests.add(request)
      sent.add(`${request} ${JSON.stringify(rule.headers)}`)
    }
  }
  return { requests, sent }
}

function requestFor(random: Random, places: number): object {
  const place = `http[${random(places)}]`
  const narrow = oneOf(random, [{ methods: ['GET'] }, { paths: ['/v1/x'] }, { paths: ['/v1/*'] }])
  return random(2) === 0 ? { revoke: [place] } : { narrow: { [place]: narrow } }
}

async function approved(
  ledger: AgentLedger,
  candidate: Candidate,
  allowNew: boolean,
): Promise<boolean> {
  try {
    await ledger.approve(candidate, { allowNew })
    return true
  } catch (error) {
    if (isMayflyError(error)) return false
    throw error
  }
}

/** An agent with its ledger, and the requests that it was left without. */
class Agent {
  readonly #ledger = new AgentLedger(memoryState())
  readonly #random: Random
  readonly #gone = new Set<string>()
  #served: Candidate

  constructor(random: Random) {
    this.#random = random
    this.#served = version(random, 0)
  }

  begin(): Promise<unknown> {
    return this.#ledger.approve(this.#served, { allowNew: false })
  }

  get #granted(): Capabilities {
    return this.#served.manifest.capabilities
  }

  get #left(): Capabilities {
    return this.#ledger.narrowed('shop') ?? this.#granted
  }

  take(): void {
    const before = allowed(this.#left)
    const [granted, now] = [this.#granted, Date.now()]
    const attenuation = parseAttenuation(requestFor(this.#random, granted.http?.length ?? 1))
    let named: Capabilities
    try {
      named = attenuateCapabilities(this.#left, attenuation, now)
    } catch {
      return // Not less than it has.
    }
    const taken = takenBy(granted, attenuation, now)
    this.#ledger.take('shop', taken, () => withoutTaken(named, taken, named).capabilities)
    const after = allowed(this.#left)
    expect(after.requests.isSubsetOf(before.requests)).toBe(true)
    for (const request of before.requests.difference(after.requests)) this.#gone.add(request)
  }

  async replace(step: number): Promise<void> {
    const [before, random] = [allowed(this.#left), this.#random]
    const component = new Uint8Array([step])
    const isRewritten = random(3) > 0
    const next = isRewritten ? version(random, step) : { ...this.#served, component }
    const allowNew = random(2) === 0
    if (!(await approved(this.#ledger, next, allowNew))) return
    this.#served = next
    const after = allowed(this.#left)
    expect(after.requests.intersection(this.#gone)).toEqual(new Set())
    if (!allowNew) expect(after.sent.isSubsetOf(before.sent)).toBe(true)
    // The same powers: neither more nor less.
    if (!isRewritten) expect(after).toEqual(before)
  }

  restore(): void {
    const before = this.#left
    const place = this.#random(this.#granted.http?.length ?? 1)
    const rule = this.#granted.http?.[place]
    if (rule === undefined || canonical(before.http?.[place]) === canonical(rule)) return
    this.#ledger.restore('shop', [`http[${place}]`])?.keep()
    expect(this.#left.http?.[place]).toEqual(rule)
    const { requests } = allowed(this.#left)
    expect(allowed(before).requests.isSubsetOf(requests)).toBe(true)
    for (const request of requests) this.#gone.delete(request)
  }

  restoreAll(): void {
    this.#ledger.restore('shop', ['*'])?.keep()
    expect(this.#left).toEqual(this.#granted)
  }
}

describe('AgentLedger', () => {
  const seeds = Array.from({ length: SEQUENCES }, (_, seed) => seed)

  it.each(seeds)('brings nothing back that was taken, whatever comes (seed %i)', async (seed) => {
    const random = randomFrom(seed)
    const agent = new Agent(random)
    await agent.begin()
    for (let step = 1; step <= STEPS; step++) {
      const turn = random(5)
      if (turn < 2) agent.take()
      else if (turn < 4) await agent.replace(step)
      else agent.restore()
    }
    agent.restoreAll()
  })
})
