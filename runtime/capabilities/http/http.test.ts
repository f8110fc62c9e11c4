import { describe, expect, it, vi } from 'vitest'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import type { BudgetLimits } from '../../meter/index.ts'
import { poll } from '../poll/poll.ts'
import type { HttpDriverOptions } from './driver-options.ts'
import type { HttpDriver } from './driver.ts'
import { http, type HttpOptions } from './http.ts'

type Functions = 'send' | 'start' | 'take' | 'cancel'
type Answer = (request: Request, options: HttpDriverOptions) => Response | Promise<Response>

async function open(
  answer: Answer,
  rules: object[] = [{ host: 'a.test' }],
  options: HttpOptions = {},
  budgets: Partial<BudgetLimits> = {},
) {
  const sent: Request[] = []
  const driver: HttpDriver = {
    name: 'test',
    async fetch(request, driverOptions) {
      sent.push(request.clone())
      return answer(request, driverOptions)
    },
  }
  const capability = http(driver, options)
  const ready = await configured(capability, rulesOf(rules))
  const invocation = testInvocation('tester', budgets)
  const attenuate = (rules: object[]): void => ready.attenuate?.(rulesOf(rules))
  return {
    ...functionsOf<Functions>(capability, ready, invocation),
    ready,
    attenuate,
    sent,
    invocation,
  }
}

function rulesOf(rules: object[]): unknown {
  return manifestFromObject({ name: 'tester', capabilities: { http: rules } }).capabilities.http
}

function request(url: string, init: object = {}) {
  return { method: 'GET', url, headers: [], body: new Uint8Array(0), ...init }
}

const ok: Answer = () => new Response('hello', { headers: { 'x-answer': '1' } })
const never: Answer = (_, { signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
const bytes = (text: string) => new TextEncoder().encode(text)

describe('what http() has a guest pay for', () => {
  async function fuelOf(size: number, headers: object = {}, sent = 0): Promise<number> {
    const secrets = { name: 'test', get: () => ({ value: 'tok-0123456789' }), hint: () => '' }
    const rules = [{ host: 'a.test', methods: ['POST'], headers }]
    const { send, invocation } = await open(() => new Response('x'.repeat(size)), rules, {
      secrets,
    })
    await send(request('https://a.test/', { method: 'POST', body: new Uint8Array(sent) }))
    return invocation.fuel
  }

  it('is each request, the bytes of both bodies, and those that are searched for secrets', async () => {
    const request = await fuelOf(0)
    expect(request).toBeGreaterThan(100_000)
    const received = await fuelOf(100_000)
    expect(received - request).toBeGreaterThanOrEqual(100_000 * 8)
    expect((await fuelOf(0, {}, 100_000)) - request).toBeGreaterThanOrEqual(100_000 * 4)
    const searched = await fuelOf(100_000, { authorization: 'Bearer {secret:TOKEN}' })
    expect(searched - received).toBeGreaterThanOrEqual(100_000 * 24)
  })
})

describe('http()', () => {
  it('sends what a rule allows and returns the whole response', async () => {
    const { send, invocation } = await open(ok)
    const headers = expect.arrayContaining([['x-answer', '1']])
    const answer = { status: 200, headers, body: bytes('hello') }
    expect(await send(request('https://a.test/x?q=1#part'))).toMatchObject(answer)
    expect(invocation.events).toEqual([
      {
        capability: 'http',
        action: 'GET',
        target: 'a.test',
        outcome: 'allowed',
        rule: 'http[0]',
        bytesIn: 5,
        bytesOut: 0,
      },
    ])
  })

  it('denies what no rule allows, sends nothing, and hints at the rule', async () => {
    const { send, start, sent, invocation } = await open(ok)
    expect(await payloadOf(() => send(request('https://b.test/x')))).toBe('denied')
    expect(await payloadOf(() => start(request('https://a.test/', { method: 'POST' })))).toBe(
      'denied',
    )
    expect(sent).toEqual([])
    expect(invocation.events[0]).toMatchObject({
      outcome: 'denied',
      target: 'b.test',
      hint: 'Add { "host": "b.test", "paths": ["/x"] } to capabilities.http (host "b.test": not granted), in the agent.json of "tester"',
    })
  })

  it.each([
    ['a relative URL', request('/x')],
    ['another scheme', request('ftp://a.test/')],
    ['credentials in the URL', request('https://me:secret@a.test/')],
    ['a method that opens a tunnel', request('https://a.test/', { method: 'CONNECT' })],
    ['a method that is no token', request('https://a.test/', { method: 'GE T' })],
    ['a body where there can be none', request('https://a.test/', { body: bytes('x') })],
    ['a line break in a header', request('https://a.test/', { headers: [['x', 'a\r\nb: c']] })],
    ['a header name that is no token', request('https://a.test/', { headers: [['x y', 'a']] })],
    [
      'a header that frames',
      request('https://a.test/', { headers: [['Transfer-Encoding', 'chunked']] }),
    ],
    ['an upgrade', request('https://a.test/', { headers: [['upgrade', 'websocket']] })],
    ['a header for a proxy', request('https://a.test/', { headers: [['Proxy-Connection', 'x']] })],
    ['40,000 headers', request('https://a.test/', { headers: Array(40_000).fill(['x', '1']) })],
    ['a header of 64 KiB', request('https://a.test/', { headers: [['x', 'y'.repeat(65_536)]] })],
    ['a URL of 64 KiB', request(`https://a.test/${'x'.repeat(65_536)}`)],
    ['NUL in a header', request('https://a.test/', { headers: [['x', 'a\0b']] })],
    ['a URL with a line break in its host', request('https://a.test\u2028.evil.test/')],
    ['a header of the connection', request('https://a.test/', { headers: [['connection', 'x']] })],
  ])('refuses %s as malformed', async (_, malformed) => {
    const { send, sent } = await open(ok)
    expect(await payloadOf(() => send(malformed))).toBe('malformed')
    expect(sent).toEqual([])
  })

  it.each([
    ['Connection', 'close'],
    ['keep-alive', 'timeout=5'],
    ['TE', 'gzip'],
    ['trailer', 'x-sum'],
    ['Upgrade', 'websocket'],
    ['expect', '100-continue'],
    ['proxy-authorization', 'Basic eDp5'],
    ['x-a', 'a\0b'],
    ['a b', 'x'],
  ])('tells the operator which header is wrong: %s', async (name, value) => {
    const { send, invocation } = await open(ok)
    const malformed = request('https://a.test/x', { headers: [[name, value]] })
    expect(await payloadOf(() => send(malformed))).toBe('malformed')
    expect(invocation.events).toMatchObject([
      { target: 'a.test', outcome: 'failed', hint: expect.stringContaining(JSON.stringify(name)) },
    ])
  })

  it('lets a guest ask for trailers', async () => {
    const { send, sent } = await open(ok)
    await send(request('https://a.test/', { headers: [['TE', 'Trailers']] }))
    expect(sent[0]?.headers.get('te')).toBe('Trailers')
  })

  it('gives back nothing of the connection of the other side', async () => {
    const headers = {
      connection: 'keep-alive, x-hop',
      'keep-alive': 'timeout=5',
      'x-hop': '1',
      'x-a': '2',
    }
    const { send } = await open(() => new Response('ok', { headers }))
    const { headers: given } = (await send(request('https://a.test/'))) as { headers: unknown }
    expect(given).toEqual([
      ['content-type', 'text/plain;charset=UTF-8'],
      ['x-a', '2'],
    ])
  })

  it('leaves host and length to the host', async () => {
    const { send, sent } = await open(ok)
    await send(
      request('https://a.test/', {
        headers: [
          ['Host', 'b.test'],
          ['X-Mine', '1'],
        ],
      }),
    )
    expect(sent[0]?.headers.get('host')).toBeNull()
    expect(sent[0]?.headers.get('x-mine')).toBe('1')
  })

  it('follows redirects that are granted, without credentials across origins', async () => {
    const { send, sent } = await open(
      ({ url }) =>
        url.startsWith('https://a.test/')
          ? Response.redirect('https://b.test/landed', 302)
          : new Response('b'),
      [{ host: 'a.test', methods: ['POST'] }, { host: 'b.test' }],
    )
    const headers = [
      ['authorization', 'secret'],
      ['cookie', 'c=1'],
      ['x-api-key', 'k'],
      ['private-token', 't'],
      ['content-type', 'text/plain'],
      ['accept', '*/*'],
    ]
    const response = await send(
      request('https://a.test/', { method: 'POST', headers, body: bytes('x') }),
    )
    expect(response).toMatchObject({ status: 200, body: bytes('b') })
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST https://a.test/',
      'GET https://b.test/landed',
    ])
    expect([...(sent[1]?.headers ?? [])]).toEqual([['accept', '*/*']])
  })

  it.each([
    ['another path', 'https://a.test/landed', ['accept', 'x-pin', 'x-version']],
    ['another host', 'https://b.test/landed', ['accept']],
    ['another port', 'https://a.test:8443/landed', ['accept']],
    ['another scheme', 'http://a.test/landed', ['accept']],
  ])('takes to %s of the headers of the guest: %s', async (_, landed, names) => {
    const { send, sent } = await open(
      ({ url }) => (url === 'https://a.test/' ? Response.redirect(landed, 307) : new Response('b')),
      [
        { host: 'a.test' },
        { host: 'b.test' },
        { host: 'a.test', port: 8443 },
        { host: 'a.test', scheme: 'http' },
      ],
    )
    const headers = [
      ['accept', '*/*'],
      ['x-pin', '1234'],
      ['x-version', '2'],
    ]
    await send(request('https://a.test/', { headers }))
    expect([...(sent[0]?.headers.keys() ?? [])]).toEqual(['accept', 'x-pin', 'x-version'])
    expect([...(sent[1]?.headers.keys() ?? [])]).toEqual(names)
  })

  it('takes headers of a rule to the origin the guest has chosen, not to where that redirects', async () => {
    const [pin, key] = ['pin-of-the-host', 'key-of-the-host']
    const secrets = {
      name: 'test',
      hint: () => '',
      get: (name: string) => ({ value: name === 'PIN' ? pin : key }),
    }
    const hops: Readonly<Record<string, string>> = {
      'https://1.a.test/': 'https://1.a.test/same',
      'https://1.a.test/same': 'https://2.a.test/',
      'https://2.a.test/': 'https://b.test/',
      'https://b.test/': 'https://1.a.test/back',
    }
    const { send, sent } = await open(
      ({ url }) => (url in hops ? Response.redirect(String(hops[url]), 307) : new Response('end')),
      [
        { host: '*.a.test', headers: { 'x-pin': '{secret:PIN}', 'x-tenant': '7' } },
        { host: 'b.test', headers: { 'x-key': '{secret:KEY}' } },
      ],
      { secrets },
    )
    const headers = [['x-pin', 'of the guest']]
    await send(request('https://1.a.test/', { headers }))
    const seen = sent.map(({ url, headers }) => [
      url,
      ...['x-pin', 'x-tenant', 'x-key'].map((name) => headers.get(name)),
    ])
    expect(seen).toEqual([
      ['https://1.a.test/', pin, '7', null],
      ['https://1.a.test/same', pin, '7', null],
      ['https://2.a.test/', null, null, null],
      ['https://b.test/', null, null, key],
      ['https://1.a.test/back', null, null, null],
    ])
    await send(request('https://2.a.test/', { headers }))
    expect(sent[5]?.headers.get('x-pin')).toBe(pin)
  })

  it('denies redirects that are not granted, and ends loops', async () => {
    const denied = await open(() => Response.redirect('https://b.test/', 307))
    expect(await payloadOf(() => denied.send(request('https://a.test/')))).toBe('denied')
    expect(denied.sent).toHaveLength(1)
    const loop = await open(() => Response.redirect('https://a.test/', 307))
    expect(await payloadOf(() => loop.send(request('https://a.test/'), 'follow'))).toBe(
      'redirected',
    )
    expect(loop.sent).toHaveLength(6)
  })

  it('answers unavailable when the driver fails, and keeps why for the operator', async () => {
    const { send, invocation } = await open(() => Promise.reject(new Error('ECONNREFUSED')))
    expect(await payloadOf(() => send(request('https://a.test/')))).toBe('unavailable')
    expect(invocation.events[0]).toMatchObject({ outcome: 'failed', hint: 'ECONNREFUSED' })
  })

  it('bounds requests, pending requests, and bytes both ways', async () => {
    const requests = await open(ok, [{ host: 'a.test' }], {}, { outboundRequests: 1 })
    await requests.send(request('https://a.test/'))
    expect(await payloadOf(() => requests.send(request('https://a.test/')))).toBe('limited')
    const pending = await open(never, [{ host: 'a.test' }], { maxPending: 1 })
    pending.start(request('https://a.test/'))
    expect(await payloadOf(() => pending.start(request('https://a.test/')))).toBe('limited')
    pending.invocation.end()
    const out = await open(ok, [{ host: 'a.test', methods: ['PUT'] }], { maxRequestBytes: 1 })
    const put = request('https://a.test/', { method: 'PUT', body: bytes('12') })
    expect(await payloadOf(() => out.send(put))).toBe('limited')
    const back = await open(ok, [{ host: 'a.test' }], { maxResponseBytes: 4 })
    expect(await payloadOf(() => back.send(request('https://a.test/')))).toBe('limited')
  })

  it('bounds what all requests of an invocation send and receive, redirects included', async () => {
    const rule = [{ host: 'a.test', methods: ['PUT', 'GET'] }]
    const put = request('https://a.test/', { method: 'PUT', body: bytes('123') })
    const out = await open(ok, rule, {}, { outboundBytes: 5 })
    await out.send(put)
    expect(await payloadOf(() => out.send(put))).toBe('limited')
    const back = await open(ok, rule, {}, { inboundBytes: 8 })
    await back.send(request('https://a.test/'))
    expect(await payloadOf(() => back.send(request('https://a.test/')))).toBe('limited')
    const around = await open(
      () => new Response(null, { status: 302, headers: { location: '/' } }),
      rule,
      {},
      { outboundRequests: 2 },
    )
    expect(await payloadOf(() => around.send(request('https://a.test/')))).toBe('limited')
    expect(around.invocation.context.budget.exceeded).toBe('outboundRequests')
  })

  it('denies what a lease no longer covers, unless another rule does', async () => {
    const once = { host: 'a.test', maxUses: 1 }
    const { send, invocation } = await open(ok, [once])
    await send(request('https://a.test/'))
    expect(await payloadOf(() => send(request('https://a.test/')))).toBe('denied')
    expect(invocation.events.at(-1)?.hint).toContain('http[0] was used 1 times')
    expect(invocation.events.at(-1)?.hint).toContain('grants AGENT --restore http[0];')
    const past = { host: 'a.test', expires: '2020-01-01T00:00:00Z' }
    const expired = await open(ok, [past])
    expect(await payloadOf(() => expired.send(request('https://a.test/')))).toBe('denied')
    const other = await open(ok, [past, once, { host: '*.test' }])
    await other.send(request('https://a.test/'))
    await other.send(request('https://a.test/'))
    expect(other.invocation.events.map(({ rule }) => rule)).toEqual(['http[1]', 'http[2]'])
  })

  it('feels at once that rules were narrowed, and cuts what they no longer cover', async () => {
    const rules = [{ host: 'a.test' }, { host: 'b.test' }]
    const { start, take, send, attenuate, invocation } = await open(never, rules)
    const [cut, kept] = [start(request('https://a.test/')), start(request('https://b.test/'))]
    attenuate([{ host: 'a.test', methods: ['HEAD'] }, { host: 'b.test' }])
    expect(await payloadOf(() => take(cut))).toBe('denied')
    expect(invocation.events.at(-1)?.hint).toContain('http[0] was revoked')
    expect(await payloadOf(() => send(request('https://a.test/')))).toBe('denied')
    let settled = false
    void payloadOf(() => take(kept)).finally(() => (settled = true))
    await new Promise(setImmediate)
    expect(settled).toBe(false)
    invocation.end()
  })

  it('answers denied when its rule is revoked and its driver sends on', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const { start, take, attenuate } = await open(() => new Response(readable))
    const number = start(request('https://a.test/'))
    await new Promise(setImmediate)
    attenuate([{ host: 'a.test', methods: ['HEAD'] }])
    void writable.getWriter().write(bytes('late'))
    expect(await payloadOf(() => take(number))).toBe('denied')
  })

  it('answers timeout when the other side is too slow', async () => {
    vi.useFakeTimers()
    const { send } = await open(never, [{ host: 'a.test' }], { timeoutMs: 500 })
    const answer = payloadOf(() => send(request('https://a.test/')))
    await vi.advanceTimersByTimeAsync(500)
    expect(await answer).toBe('timeout')
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('lets poll wait for what was started', async () => {
    const { start, take, cancel, invocation } = await open((message, options) =>
      message.url.endsWith('/slow') ? never(message, options) : ok(message, options),
    )
    const capability = poll()
    const { any } = functionsOf<'any'>(
      capability,
      await configured(capability, undefined),
      invocation,
    )
    const slow = start(request('https://a.test/slow'))
    const quick = start(request('https://a.test/quick'))
    expect(await any(Uint32Array.of(Number(slow), Number(quick)), undefined)).toBe(quick)
    expect(await take(quick)).toMatchObject({ status: 200 })
    expect(await payloadOf(() => take(quick))).toBe('unknown')
    cancel(slow)
    cancel(slow)
    expect(await payloadOf(() => take(slow))).toBe('unknown')
    invocation.end()
  })
})
