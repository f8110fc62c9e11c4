/** Connections of guests: what is granted, counted, bounded and recorded. @module */
import { describe, expect, it } from 'vitest'
import { configured, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import { FairShare } from '../../meter/index.ts'
import { HttpRefusal } from './driver.ts'
import { http } from './http.ts'
import { memoryWebSocket } from './memory-websocket.ts'
import type { Connection } from './websocket-connection.ts'
import type { WebSocketAsked, WebSocketChannel, WebSocketDriver } from './websocket-driver.ts'

const SECRET = 'a-secret-of-the-host'
const RULES = [
  { host: 'a.test', upgrade: true },
  { host: 'b.test' },
  { host: 'c.test', upgrade: true, headers: { authorization: 'Bearer {secret:TOKEN}' } },
  { host: 'd.test', methods: ['POST'], upgrade: true },
  { host: 'e.test', scheme: 'http', port: 8080, upgrade: true, paths: ['/feed/*'] },
]

interface Far {
  readonly channel: WebSocketChannel
  readonly came: (string | Uint8Array)[]
  readonly end: Promise<unknown>
}

async function open({
  budgets = {},
  options = {},
  bodies = undefined as FairShare | undefined,
  driver = undefined as WebSocketDriver | undefined,
  echo = true,
  protocol = (asked: WebSocketAsked) => asked.protocols[0] ?? '',
} = {}) {
  const asked: WebSocketAsked[] = []
  const far: Far[] = []
  const webSocket =
    driver ??
    memoryWebSocket({
      serve(request) {
        asked.push(request)
        const use = (channel: WebSocketChannel): void => {
          const came: (string | Uint8Array)[] = []
          const end = new Promise((resolve) => {
            channel.listen({
              message(content) {
                came.push(content)
                if (echo) void channel.send(content)
              },
              ended: resolve,
            })
          })
          far.push({ channel, came, end })
        }
        return { protocol: protocol(request), use }
      },
    })
  const secrets = { name: 'test', get: () => ({ value: SECRET }), hint: () => '' }
  const fetch = async (): Promise<Response> => new Response()
  const capability = http({ name: 'test', fetch, webSocket }, { secrets, ...options })
  const granted = (given: readonly object[]): unknown =>
    manifestFromObject({ name: 'tester', capabilities: { http: given } }).capabilities.http
  const ready = await configured(capability, granted(RULES))
  const invocation = testInvocation('tester', budgets, bodies)
  const functions = ready.prepare(invocation.context)['mayfly:agent/websocket']
  const connect = functions?.['connect'] as unknown as (
    url: string,
    protocols?: string[],
    headers?: [string, string][],
  ) => Promise<Connection>
  return {
    invocation,
    asked,
    far,
    connect: (url: string, protocols: string[] = [], headers: [string, string][] = []) =>
      connect(url, protocols, headers),
    attenuate: (given: readonly object[]) => ready.attenuate?.(granted(given)),
  }
}

const text = (val: string): object => ({ tag: 'text', val })

describe('websocket.connect()', () => {
  it.each([
    ['wss://a.test/x?token=1', 'http[0]'],
    ['wss://c.test/', 'http[2]'],
    ['ws://e.test:8080/feed/1', 'http[4]'],
  ])('opens %s, which is granted', async (url, rule) => {
    const { connect, invocation } = await open()
    const connection = await connect(url)
    const { host } = new URL(url)
    const own = { capability: 'http', target: host, rule }
    expect(invocation.events).toEqual([{ ...own, action: 'connect', outcome: 'allowed' }])
    connection.close(1000, '')
    expect(await connection.receive()).toBeUndefined()
    expect(invocation.events[1]).toEqual({
      ...own,
      action: 'close',
      outcome: 'allowed',
      bytesIn: 0,
      bytesOut: 0,
    })
  })

  it.each([
    ['wss://b.test/', 'a WebSocket: not granted'],
    ['ws://a.test/', 'scheme "http": "https" granted'],
    ['wss://d.test/', 'method "GET": POST granted'],
    ['ws://e.test:8080/other', 'path "/other": /feed/* granted'],
    ['wss://other.test/', 'host "other.test": not granted'],
  ])('denies %s, with the rule to add', async (url, reason) => {
    const { connect, invocation, asked } = await open()
    expect(await payloadOf(() => connect(url))).toBe('denied')
    expect(asked).toEqual([])
    const [event] = invocation.events
    expect(event).toMatchObject({ capability: 'http', action: 'connect', outcome: 'denied' })
    expect(event?.hint).toContain(`"upgrade": true } to capabilities.http (${reason})`)
  })

  it.each([
    ['http://a.test/', [], []],
    ['a.test', [], []],
    ['wss://me:hunter2@a.test/', [], []],
    ['wss://a.test/', ['a b'], []],
    ['wss://a.test/', ['a', 'a'], []],
    ['wss://a.test/', Array.from({ length: 33 }, (_, index) => `p${index}`), []],
    ['wss://a.test/', [], [['Upgrade', 'h2c']]],
    ['wss://a.test/', [], [['Sec-WebSocket-Extensions', 'permessage-deflate']]],
    ['wss://a.test/', [], [['x', 'a\r\nb: c']]],
  ] satisfies [string, string[], [string, string][]][])(
    'sends nothing that is malformed: %j %j %j',
    async (url, protocols, headers) => {
      const { connect, asked, invocation } = await open()
      expect(await payloadOf(() => connect(url, protocols, headers))).toBe('malformed')
      expect(asked).toEqual([])
      expect(JSON.stringify(invocation.events)).not.toContain('hunter2')
    },
  )

  it('passes URL, protocols and headers on, with those of the rule in place of the own', async () => {
    const { connect, asked } = await open()
    const connection = await connect(
      'wss://c.test/x?y#z',
      ['one', 'two'],
      [
        ['Authorization', 'mine'],
        ['X-Own', '1'],
      ],
    )
    expect(connection.protocol()).toBe('one')
    expect(asked[0]).toEqual({
      url: new URL('https://c.test/x?y'),
      protocols: ['one', 'two'],
      headers: [
        ['x-own', '1'],
        ['authorization', `Bearer ${SECRET}`],
      ],
    })
  })

  it('takes no protocol that was not offered', async () => {
    const { connect, far } = await open({ protocol: () => 'other' })
    expect(await payloadOf(() => connect('wss://a.test/', ['one']))).toBe('unavailable')
    expect(await far[0]?.end).toMatchObject({ state: 'broken' })
  })

  it('counts as a request', async () => {
    const { connect, invocation } = await open({ budgets: { outboundRequests: 1 } })
    await connect('wss://a.test/')
    expect(await payloadOf(() => connect('wss://a.test/'))).toBe('limited')
    expect(invocation.events[1]).toMatchObject({ hint: 'Raise limits.outboundRequests' })
  })

  it('says what a driver refuses, and hides the secret of an error', async () => {
    const error = (thrown: Error): WebSocketDriver => ({
      name: 'test',
      connect: () => Promise.reject(thrown),
    })
    const refused = await open({ driver: error(new HttpRefusal('address', 'loopback')) })
    expect(await payloadOf(() => refused.connect('wss://a.test/'))).toBe('denied')
    expect(refused.invocation.events[0]?.hint).toContain('Add "network": "loopback" to http[0]')
    const failed = await open({ driver: error(new Error(`Cannot send ${SECRET}`)) })
    expect(await payloadOf(() => failed.connect('wss://c.test/'))).toBe('unavailable')
    expect(JSON.stringify(failed.invocation.events)).not.toContain(SECRET)
  })

  it('waits no longer than it may', async () => {
    const driver: WebSocketDriver = { name: 'slow', connect: () => new Promise(() => {}) }
    const { connect, invocation } = await open({ driver, options: { timeoutMs: 5 } })
    expect(await payloadOf(() => connect('wss://a.test/'))).toBe('timeout')
    expect(invocation.events).toMatchObject([{ action: 'connect', outcome: 'failed' }])
  })

  it('breaks off a connection that comes too late', async () => {
    let abort: (() => void) | undefined
    const aborted = new Promise<void>((resolve) => (abort = resolve))
    let give: ((channel: WebSocketChannel) => void) | undefined
    const driver: WebSocketDriver = {
      name: 'slow',
      connect: () => new Promise((resolve) => (give = resolve)),
    }
    const { connect, invocation } = await open({ driver })
    const opening = payloadOf(() => connect('wss://a.test/'))
    invocation.end()
    expect(await opening).toBe('unavailable')
    give?.({ abort } as WebSocketChannel) // Nothing else may be used of it
    await aborted
  })

  it('is unavailable without a driver for it', async () => {
    const capability = http({ name: 'plain', fetch: async () => new Response() })
    const { capabilities } = manifestFromObject({
      name: 'a',
      capabilities: { http: RULES.slice(0, 1) },
    })
    const ready = await configured(capability, capabilities.http)
    const { context, events } = testInvocation()
    const connect = ready.prepare(context)['mayfly:agent/websocket']?.['connect'] as unknown as (
      ...given: unknown[]
    ) => Promise<unknown>
    expect(await payloadOf(() => connect('wss://a.test/', [], []))).toBe('unavailable')
    expect(events[0]?.hint).toBe('The http driver "plain" opens no WebSockets')
  })
})

describe('connection', () => {
  it('passes messages both ways, and counts them', async () => {
    const { connect, invocation } = await open()
    const connection = await connect('wss://a.test/')
    const sent = new Uint8Array([1, 2])
    await connection.sendText('é')
    await connection.sendBinary(sent)
    sent.fill(0)
    expect(await connection.receive()).toEqual(text('é'))
    expect(await connection.receive()).toEqual({ tag: 'binary', val: new Uint8Array([1, 2]) })
    connection.close(3_000, 'done')
    expect(await connection.receive()).toBeUndefined()
    expect(connection.ended()).toEqual({ code: 3_000, reason: 'done' })
    expect(await payloadOf(() => connection.sendText('more'))).toBe('closed')
    expect(invocation.events[1]).toMatchObject({ action: 'close', bytesIn: 4, bytesOut: 4 })
    const { budget } = invocation.context
    expect(
      ['outboundBytes', 'inboundBytes', 'websocketMessages'].map((name) =>
        budget.spent(name as never),
      ),
    ).toEqual([4, 4, 4])
  })

  it('says how the other side closes, after what it has sent', async () => {
    const { connect, far } = await open()
    const connection = await connect('wss://a.test/')
    void far[0]?.channel.send('last')
    far[0]?.channel.close(4_000, 'enough')
    expect(await connection.receive()).toEqual(text('last'))
    expect(await connection.receive()).toBeUndefined()
    expect(connection.ended()).toEqual({ code: 4_000, reason: 'enough' })
    expect(await connection.receive()).toBeUndefined()
  })

  it.each([
    [999, ''],
    [1001, ''],
    [5000, ''],
    [1005, 'x'],
    [1000, 'x'.repeat(124)],
    [3000, 'é'.repeat(62)],
  ])('is not closed with %i %j', async (code, reason) => {
    const { connect } = await open()
    const connection = await connect('wss://a.test/')
    expect(await payloadOf(() => connection.close(code, reason))).toBe('malformed')
    await connection.sendText('still open')
  })

  it('takes secrets out of texts, bytes and reasons', async () => {
    const { connect, far, invocation } = await open()
    const connection = await connect('wss://c.test/')
    void far[0]?.channel.send(`it is ${SECRET}`)
    void far[0]?.channel.send(new TextEncoder().encode(btoa(SECRET)))
    far[0]?.channel.close(4_000, SECRET)
    const stars = '*'.repeat(SECRET.length)
    expect(await connection.receive()).toEqual(text(`it is ${stars}`))
    const second = await connection.receive()
    expect(new TextDecoder().decode(second?.val as Uint8Array)).not.toContain(
      btoa(SECRET).slice(4, 12),
    )
    expect(await connection.receive()).toBeUndefined()
    expect(connection.ended()).toEqual({ code: 4_000, reason: stars })
    expect(invocation.fuel).toBeGreaterThan(0)
  })

  it.each([
    ['websocketMessages', { websocketMessages: 3 }],
    ['inboundBytes', { inboundBytes: 3 }],
    ['outboundBytes', { outboundBytes: 3 }],
  ])('ends at limits.%s', async (name, budgets) => {
    const { connect, invocation, far } = await open({ budgets })
    const connection = await connect('wss://a.test/')
    const failure = await payloadOf(async () => {
      for (;;) {
        await connection.sendText('xy')
        await connection.receive()
      }
    })
    expect(failure).toBe('limited')
    expect(await far[0]?.end).toEqual({ state: 'closed', code: 1001, reason: '' })
    const last = invocation.events.at(-1)
    expect(last).toMatchObject({
      action: 'close',
      outcome: 'limited',
      hint: `Raise limits.${name}`,
    })
    expect(connection.ended()).toEqual({ code: 1006, reason: '' })
  })

  it('ends at a message that is too large, either way', async () => {
    const options = { maxMessageBytes: 4 }
    const sending = await open({ options })
    const first = await sending.connect('wss://a.test/')
    await first.sendText('four')
    expect(await payloadOf(() => first.sendText('fives'))).toBe('limited')
    const receiving = await open({ options })
    const second = await receiving.connect('wss://a.test/')
    void receiving.far[0]?.channel.send('fives')
    expect(await payloadOf(() => second.receive())).toBe('limited')
    expect(second.ended()?.code).toBe(1009)
  })

  it('holds what has come and was not taken, and has the other side wait', async () => {
    const bodies = new FairShare({ max: 1_000_000, maxByAgent: 1_000_000, maxWaitingByAgent: 1 })
    const { connect, far, invocation } = await open({ bodies })
    const connection = await connect('wss://a.test/')
    const sent = Array.from({ length: 50 }, () => far[0]?.channel.send(new Uint8Array(10_000)))
    await sent[6]
    await new Promise((resolve) => setTimeout(resolve))
    // Seven are 64 KiB and more.
    expect(bodies.use('tester').held).toBe(70_000)
    for (let taken = 0; taken < 50; taken++) await connection.receive()
    expect(bodies.use('tester').held).toBe(10_000)
    invocation.end()
    expect(bodies.use('tester').held).toBe(0)
  })

  it('ends when the host may hold no more', async () => {
    const bodies = new FairShare({ max: 5, maxByAgent: 5, maxWaitingByAgent: 1 })
    const { connect, far } = await open({ bodies })
    const connection = await connect('wss://a.test/')
    far[0]?.channel.pause()
    await connection.sendText('three')
    expect(await payloadOf(() => connection.sendText('!'))).toBe('limited')
  })

  it('has the guest wait while the other side does not take', async () => {
    const { connect, far } = await open({ echo: false })
    const connection = await connect('wss://a.test/')
    far[0]?.channel.pause()
    let isThere = false
    await connection.sendBinary(new Uint8Array(60_000))
    const second = Promise.resolve(connection.sendBinary(new Uint8Array(60_000))).then(() => {
      isThere = true
    })
    await new Promise((resolve) => setTimeout(resolve))
    expect([isThere, connection.buffered()]).toEqual([false, 120_000])
    far[0]?.channel.resume()
    await second
    await expect.poll(() => connection.buffered()).toBe(0)
  })

  it('ends when its rule is revoked or narrowed, and not otherwise', async () => {
    const { connect, attenuate, far, invocation } = await open()
    const first = await connect('wss://a.test/')
    const second = await connect('wss://c.test/')
    const receiving = payloadOf(() => first.receive())
    attenuate(RULES.map((rule) => (rule.host === 'a.test' ? { ...rule, upgrade: false } : rule)))
    expect(await receiving).toBe('denied')
    expect(await far[0]?.end).toMatchObject({ state: 'closed', code: 1001 })
    expect(invocation.events.at(-1)).toMatchObject({
      outcome: 'denied',
      hint: 'http[0] was revoked',
    })
    await second.sendText('still there')
    expect(await second.receive()).toEqual(text('still there'))
    expect(await payloadOf(() => connect('wss://a.test/'))).toBe('denied')
  })

  it('ends with its invocation, and when it is dropped', async () => {
    const { connect, far, invocation } = await open()
    const dropped = await connect('wss://a.test/')
    dropped[Symbol.dispose]()
    expect(await far[0]?.end).toMatchObject({ code: 1001 })
    const connection = await connect('wss://a.test/')
    const receiving = payloadOf(() => connection.receive())
    invocation.end()
    expect(await receiving).toBe('closed')
    expect(await far[1]?.end).toMatchObject({ code: 1001 })
    expect(invocation.events.filter(({ action }) => action === 'close').length).toBe(2)
  })

  it('is asked for one message at a time', async () => {
    const { connect } = await open()
    const connection = await connect('wss://a.test/')
    void connection.receive()
    expect(await payloadOf(() => connection.receive())).toBe('malformed')
  })

  it('loses what comes while it closes', async () => {
    const { connect, far } = await open({ echo: false })
    const connection = await connect('wss://a.test/')
    connection.close(1000, '')
    void far[0]?.channel.send('late')
    expect(await connection.receive()).toBeUndefined()
    expect(connection.ended()).toEqual({ code: 1000, reason: '' })
  })

  it('cannot be made by a guest', async () => {
    const { connect } = await open()
    const connection = await connect('wss://a.test/')
    const Made = connection.constructor as new (...given: unknown[]) => unknown
    expect(() => new Made(Symbol('connection'), {}, {})).toThrow('Cannot construct')
  })
})
