import { describe, expect, it } from 'vitest'
import type { RateLimitSettings } from '../../runtime/manifest/index.ts'
import type { RequestLine } from './app-interface.ts'
import { createApp } from './app.ts'
import { Cors } from './cors.ts'
import { rateFields, RequestRates, sharedRateCells, type RateCells } from './request-rates.ts'
import { RouteTable } from './route-table.ts'
import type { ServedAgent } from './served-agent.ts'

const MINUTE: RateLimitSettings = { requests: 3, perMs: 60_000, by: 'client' }

let now = 1_000

function ratesOver(cells: RateCells = sharedRateCells()): RequestRates {
  return new RequestRates({ cells, now: () => now })
}

/** Which of `count` requests are refused, and for how long. */
function asked(
  rates: RequestRates,
  count: number,
  settings = MINUTE,
  address = '192.0.2.1',
): (number | undefined)[] {
  return Array.from({ length: count }, () => rates.take('shop', settings, address)?.retryAfterMs)
}

describe('RequestRates', () => {
  it('lets the requests of a client come at once, then one each time that has passed', () => {
    const rates = ratesOver()
    expect(asked(rates, 5)).toEqual([undefined, undefined, undefined, 20_000, 20_000])
    now += 19_999
    expect(asked(rates, 1)).toEqual([1])
    now += 1
    expect(asked(rates, 2)).toEqual([undefined, 20_000])
    now += 3_600_000
    expect(asked(rates, 4)).toEqual([undefined, undefined, undefined, 20_000])
  })

  it.each([
    [1, 1_000],
    [7, 1_000],
    [60_000, 1_000],
    [100_000, 1_000],
    [99_991, 86_400_000],
  ])('never lets more than %i come in %i ms, beside what came at once', (requests, perMs) => {
    const rates = ratesOver()
    const settings = { requests, perMs, by: 'agent' } as const
    const count = (most: number): number => asked(rates, most, settings).filter((ms) => !ms).length
    expect(count(requests + 1)).toBe(requests)
    now += perMs
    const again = count(requests + 1)
    expect(again).toBeLessThanOrEqual(requests)
    expect(again).toBeGreaterThan(requests * 0.9 - 1)
  })

  it('counts clients apart, those of one IPv6 network together, and agents apart', () => {
    const rates = ratesOver()
    const isRefused = (address: string | undefined, agent = 'shop'): boolean =>
      rates.take(agent, { ...MINUTE, requests: 1 }, address) !== undefined
    expect(['192.0.2.1', '192.0.2.2', '2001:db8::1'].map((each) => isRefused(each))).toEqual([
      false,
      false,
      false,
    ])
    expect([isRefused('192.0.2.1'), isRefused('::ffff:192.0.2.2')]).toEqual([true, true])
    expect([isRefused('2001:db8:0:0:ff::2'), isRefused('2001:db8:0:1::1')]).toEqual([true, false])
    expect([isRefused(undefined), isRefused(undefined)]).toEqual([false, true])
    expect(isRefused('192.0.2.1', 'other')).toBe(false)
  })

  it('counts all of the agent where it is by agent', () => {
    const rates = ratesOver()
    const settings = { ...MINUTE, requests: 2, by: 'agent' } as const
    const all = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].flatMap((address) =>
      asked(rates, 1, settings, address),
    )
    expect(all).toEqual([undefined, undefined, 30_000])
  })

  it('counts together with all that share its cells', () => {
    const cells = sharedRateCells()
    const [one, other] = [ratesOver(cells), ratesOver(cells)]
    expect([...asked(one, 2), ...asked(other, 2), ...asked(one, 1)]).toEqual([
      undefined,
      undefined,
      undefined,
      20_000,
      20_000,
    ])
    expect(asked(ratesOver(), 1)).toEqual([undefined])
  })

  it('has one size for any number of clients, and refuses none for the requests of another', () => {
    const cells = sharedRateCells()
    const rates = ratesOver(cells)
    const refused = Array.from({ length: 200_000 }, (_, n) =>
      rates.take('shop', MINUTE, `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`),
    ).filter((refusal) => refusal !== undefined)
    // Two whose places and marks are the same count together: one pair in a thousand million.
    expect(refused.length).toBeLessThan(3)
    expect(cells.cells.length).toBe(65_536)
  })
})

describe('createApp() with an agent that has a bound', () => {
  const lines: RequestLine[] = []
  let served = 0

  function appOf(rateLimit: RateLimitSettings | undefined, more: Partial<ServedAgent> = {}) {
    const agent: ServedAgent = {
      ...{ name: 'shop', route: '/shop/*', requestBodyBytes: 10 },
      ...(rateLimit && { rateLimit }),
      ...more,
      fetch(_, { id }) {
        served++
        return new Response('served', { headers: { 'x-request-id': id } })
      },
    }
    const table = new RouteTable([agent])
    const app = createApp({
      table: () => table,
      control: async () => new Response('control'),
      rates: ratesOver(),
      log: (line) => void lines.push(line),
    })
    return async (address: string, init?: RequestInit) =>
      app.fetch(new Request('http://any/shop/', init), {
        passage: { address, isSecure: false, prefix: '' },
      })
  }

  it('answers a request too many itself, with the time to wait, and logs why', async () => {
    const ask = appOf(MINUTE)
    served = 0
    for (let n = 0; n < 3; n++) expect((await ask('192.0.2.1')).status).toBe(200)
    const refused = await ask('192.0.2.1')
    expect([refused.status, served]).toEqual([429, 3])
    expect(await refused.json()).toEqual({
      error: 'too many requests',
      requestId: refused.headers.get('x-request-id'),
    })
    expect(refused.headers.get('retry-after')).toBe('20')
    expect(refused.headers.get('ratelimit-policy')).toBe('"agent";q=3;w=60')
    expect(refused.headers.get('ratelimit')).toBe('"agent";r=0;t=20')
    expect(lines.at(-1)).toMatchObject({
      ...{ agent: 'shop', status: 429 },
      refusal: 'more requests than "rateLimit" in agent.json allows',
    })
    expect((await ask('192.0.2.2')).status).toBe(200)
  })

  it('counts nothing without one', async () => {
    const ask = appOf(undefined)
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await ask('192.0.2.1')).status),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it('refuses before the files of the agent, and lets pages of other origins read it', async () => {
    let files = 0
    const ask = appOf(
      { ...MINUTE, requests: 1 },
      {
        cors: new Cors({ origins: ['https://app.example'] }),
        asset(): Response {
          files++
          return new Response('file')
        },
      },
    )
    const init = { headers: { origin: 'https://app.example' } }
    const answers = [await ask('192.0.2.1', init), await ask('192.0.2.1', init)]
    expect([answers.map(({ status }) => status), files]).toEqual([[200, 429], 1])
    expect(answers[1]?.headers.get('access-control-allow-origin')).toBe('https://app.example')
    // A question of a browser costs the agent nothing, and counts for nothing.
    const asks = { ...init.headers, 'access-control-request-method': 'PUT' }
    expect((await ask('192.0.2.1', { method: 'OPTIONS', headers: asks })).status).toBe(204)
  })
})

describe('rateFields()', () => {
  it('rounds up: a client that waits as long is not refused again', () => {
    expect(rateFields({ ...MINUTE, perMs: 1_500 }, { retryAfterMs: 1 })).toEqual({
      'retry-after': '1',
      'ratelimit-policy': '"agent";q=3;w=2',
      ratelimit: '"agent";r=0;t=1',
    })
  })
})
