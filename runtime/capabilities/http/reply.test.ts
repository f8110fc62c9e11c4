/** A driver that takes and returns plain values is held to the same rules as one of the Web, at once and later. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import { FairShare, type BudgetLimits } from '../../meter/index.ts'
import type { HttpDriverOptions } from './driver-options.ts'
import { HttpRefusal, type HttpAsked, type HttpReply } from './driver.ts'
import { http, type HttpOptions } from './http.ts'

type Answer = (asked: HttpAsked, options: HttpDriverOptions) => HttpReply | Promise<HttpReply>
type Name = 'send' | 'sendForBlob' | 'start' | 'take'

interface Given extends HttpOptions {
  readonly rules?: object[]
  readonly budgets?: Partial<BudgetLimits>
  readonly bodies?: FairShare
}

async function open(
  exchange: Answer,
  { rules = [{ host: 'a.test', methods: ['GET', 'POST'] }], budgets, bodies, ...given }: Given = {},
) {
  const fetched: Request[] = []
  const capability = http(
    {
      name: 'test',
      async fetch(request) {
        fetched.push(request)
        return new Response('by fetch')
      },
      exchange,
    },
    given,
  )
  const granted = (list: object[]): unknown =>
    manifestFromObject({ name: 'tester', capabilities: { http: list } }).capabilities.http
  const ready = await configured(capability, granted(rules))
  const invocation = testInvocation('tester', budgets, bodies)
  return {
    ...functionsOf<Name>(capability, ready, invocation),
    fetched,
    invocation,
    attenuate: (list: object[]) => ready.attenuate?.(granted(list)),
  }
}

function get(path = '/', init: object = {}) {
  const url = `https://a.test${path}`
  return { method: 'GET', url, headers: [], body: new Uint8Array(0), ...init }
}

/** A share of which another agent has all but `bytes`. */
function shareWithRoomFor(bytes: number): FairShare {
  const share = new FairShare({ max: 100, maxByAgent: 100, maxWaitingByAgent: 0 })
  share.take({ agent: 'another', amount: 100 - bytes })
  return share
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function reply(
  body: HttpReply['body'] = bytes('hello'),
  changes: Partial<HttpReply> = {},
): HttpReply {
  return { status: 200, headers: [['X-Answer', '1']], body, ...changes }
}

const whens: readonly [string, (answer: Answer) => Answer][] = [
  ['at once', (answer) => answer],
  ['later', (answer) => async (asked, options) => answer(asked, options)],
]

describe.each(whens)('http() with a driver that answers %s with plain values', (_, when) => {
  it('passes the request on, and returns and records the response', async () => {
    const asked: HttpAsked[] = []
    const { send, invocation, fetched } = await open(
      when((each) => {
        asked.push(each)
        return reply()
      }),
    )
    const body = bytes('four')
    const headers = [['X-Mine', '1']]
    const sent = get('/x?q=1#part', { method: 'post', headers, body })
    expect(await send(sent, 'follow')).toMatchObject({
      status: 200,
      headers: [['x-answer', '1']],
      body: bytes('hello'),
      decoded: false,
    })
    expect(asked).toEqual([
      { method: 'POST', url: new URL('https://a.test/x?q=1'), headers: [['x-mine', '1']], body },
    ])
    expect(fetched).toEqual([])
    const about = { outcome: 'allowed', rule: 'http[0]', bytesIn: 5, bytesOut: 4 }
    expect(invocation.events).toEqual([
      { capability: 'http', action: 'POST', target: 'a.test', ...about },
    ])
  })

  it('asks for nothing that no rule allows', async () => {
    let calls = 0
    const { send, invocation } = await open(
      when(() => {
        calls++
        return reply()
      }),
    )
    expect(await payloadOf(() => send(get('/', { url: 'https://b.test/' }), 'follow'))).toBe(
      'denied',
    )
    expect(calls).toBe(0)
    expect(invocation.events).toMatchObject([{ outcome: 'denied', target: 'b.test' }])
  })

  it('decides each hop of a redirect anew', async () => {
    const asked: string[] = []
    const { send } = await open(
      when(({ url }) => {
        asked.push(url.href)
        const to = { '/once': '/end', '/away': 'https://b.test/' }[url.pathname]
        return to === undefined
          ? reply()
          : reply(null, { status: 302, headers: [['Location', to]] })
      }),
    )
    expect(await send(get('/once'), 'follow')).toMatchObject({ redirectedTo: 'https://a.test/end' })
    expect(await send(get('/once'), 'manual')).toMatchObject({ status: 302 })
    expect(await payloadOf(() => send(get('/once'), 'error'))).toBe('redirected')
    expect(await payloadOf(() => send(get('/away'), 'follow'))).toBe('denied')
    expect(asked).not.toContain('https://b.test/')
  })

  it('reads a body that is a stream, and decodes one that is encoded, up to its bounds', async () => {
    const gzip = { headers: [['Content-Encoding', 'gzip']] } as const
    const { send } = await open(
      when(({ url }) => {
        if (url.pathname === '/stream') return reply(new Blob(['in a stream']).stream())
        return reply(gzipSync(url.pathname === '/large' ? 'x'.repeat(2_000) : 'small'), gzip)
      }),
      { maxResponseBytes: 1_000 },
    )
    expect(await send(get('/stream'), 'follow')).toMatchObject({ body: bytes('in a stream') })
    expect(await send(get('/small'), 'follow')).toMatchObject({
      body: bytes('small'),
      decoded: true,
    })
    expect(await payloadOf(() => send(get('/large'), 'follow'))).toBe('limited')
  })

  it.each([
    ['more bytes than maxResponseBytes', { maxResponseBytes: 4 }],
    ['more bytes than the budget', { budgets: { inboundBytes: 4 } }],
    ['more bytes than the host may hold', { bodies: shareWithRoomFor(4) }],
  ])('refuses %s, and what is as many passes', async (_, given) => {
    const { send, invocation } = await open(
      when(({ url }) => reply(bytes(url.pathname === '/large' ? 'hello' : 'four'))),
      given,
    )
    expect(await payloadOf(() => send(get('/large'), 'follow'))).toBe('limited')
    expect(invocation.events).toMatchObject([{ outcome: 'limited' }])
    const again = await open(
      when(() => reply(bytes('four'))),
      given,
    )
    expect(await again.send(get(), 'follow')).toMatchObject({ body: bytes('four') })
  })

  it.each([
    ['a status that no response has', reply(undefined, { status: 99 }), 'status is 99'],
    ['half a status', reply(undefined, { status: 200.5 }), 'status is 200.5'],
    ['a name with a space', reply(undefined, { headers: [['a b', '1']] }), 'malformed'],
    ['a value with a line break', reply(undefined, { headers: [['a', '1\r\nb: 2']] }), 'malformed'],
  ])('refuses %s, which a driver made', async (_, made, hint) => {
    const { send, invocation } = await open(when(() => made))
    expect(await payloadOf(() => send(get(), 'follow'))).toBe('unavailable')
    expect(invocation.events).toMatchObject([
      { outcome: 'failed', hint: expect.stringContaining(hint) },
    ])
  })

  it('keeps the fields of the connection from the guest', async () => {
    const headers = [
      ['Connection', 'x-hop'],
      ['X-Hop', '1'],
      ['Transfer-Encoding', 'chunked'],
      ['X-Kept', '2'],
    ] as const
    const { send } = await open(when(() => reply(undefined, { headers })))
    expect(await send(get(), 'follow')).toMatchObject({ headers: [['x-kept', '2']] })
  })

  it('says of a refused address that it is denied, and of a failure that it is unavailable', async () => {
    const { send, invocation } = await open(
      when(({ url }) => {
        throw url.pathname === '/inside'
          ? new HttpRefusal('not public', 'private')
          : new Error('down')
      }),
    )
    expect(await payloadOf(() => send(get('/inside'), 'follow'))).toBe('denied')
    expect(await payloadOf(() => send(get('/down'), 'follow'))).toBe('unavailable')
    expect(invocation.events).toMatchObject([
      { outcome: 'denied', hint: expect.stringContaining('Add "network": "private"') },
      { outcome: 'failed', hint: 'down' },
    ])
  })

  it('has work that was started fail when it is taken', async () => {
    const { start, take } = await open(
      when(() => {
        throw new Error('down')
      }),
    )
    const number = (await start(get())) as number
    expect(await payloadOf(() => take(number))).toBe('unavailable')
  })

  it('adds the headers of the rule in place of those of the guest', async () => {
    const seen: HttpAsked['headers'][] = []
    const rules = [{ host: 'a.test', headers: { 'x-v': '2' } }]
    const { send } = await open(
      when(({ headers }) => {
        seen.push(headers)
        return reply()
      }),
      { rules },
    )
    await send(
      get('/', {
        headers: [
          ['X-V', '1'],
          ['x-w', '3'],
        ],
      }),
      'follow',
    )
    expect(seen).toEqual([
      [
        ['x-w', '3'],
        ['x-v', '2'],
      ],
    ])
  })

  it('is not asked for an agent with secrets: responses of the Web are searched', async () => {
    let calls = 0
    const answer = when(() => {
      calls++
      return reply()
    })
    const rules = [{ host: 'a.test', headers: { authorization: 'Bearer {secret:TOKEN}' } }]
    const secrets = { name: 'test', get: () => ({ value: 'tok-0123456789' }), hint: () => '' }
    const { send, fetched } = await open(answer, { rules, secrets })
    expect(await send(get(), 'follow')).toMatchObject({ body: bytes('by fetch') })
    expect(fetched[0]?.headers.get('authorization')).toBe('Bearer tok-0123456789')
    expect(calls).toBe(0)
  })

  it('stops a body that is still to be read when its rule is revoked or the invocation ends', async () => {
    for (const act of ['revoke', 'end'] as const) {
      const cancelled: unknown[] = []
      const body = new ReadableStream<Uint8Array>({
        cancel: (reason) => void cancelled.push(reason),
      })
      const { send, attenuate, invocation } = await open(when(() => reply(body)))
      const payload = payloadOf(() => send(get(), 'follow'))
      await new Promise((resolve) => setTimeout(resolve, 1))
      if (act === 'end') invocation.end()
      else attenuate([{ host: 'c.test' }])
      expect(await payload).toBe(act === 'end' ? 'unavailable' : 'denied')
      expect(cancelled).toHaveLength(1)
    }
  })
})

describe('http() with a driver of plain values', () => {
  it('answers without a promise when the driver does, also for a blob', async () => {
    const { send, sendForBlob } = await open(() => reply())
    expect(send(get(), 'follow')).toMatchObject({ body: bytes('hello') })
    expect(sendForBlob(get(), 'follow')).not.toBeInstanceOf(Promise)
  })

  it('stops waiting when its time is up, and cancels a body that comes too late', async () => {
    const { promise, resolve } = Promise.withResolvers<HttpReply>()
    const { send } = await open(
      (_, { signal }) => {
        void signal
        return promise
      },
      { timeoutMs: 5 },
    )
    expect(await payloadOf(() => send(get(), 'follow'))).toBe('timeout')
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<unknown>()
    resolve(reply(new ReadableStream({ cancel })))
    expect(await cancelled).toBeUndefined()
  })
})
