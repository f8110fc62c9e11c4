import { describe, expect, it } from 'vitest'
import { setTrailers } from '../../host-module/index.ts'
import { HttpRefusal } from './driver.ts'
import { type HttpDriver } from './driver.ts'
import { payloadOf } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import type { InputStream } from '../../wasi/io/index.ts'
import { adapted, type Adapted } from '../../wasi/testing/adapted.ts'
import { Fields, receivedFields } from '../../wasi/http/fields.ts'
import { IncomingBody } from '../../wasi/http/incoming-body.ts'
import { OutgoingBody } from '../../wasi/http/outgoing-body.ts'
import { http, type HttpOptions } from './http.ts'
import { OutgoingRequest, RequestOptions } from '../../wasi/http/request.ts'
import type { FutureIncomingResponse, IncomingResponse } from '../../wasi/http/response.ts'

const RULES = [{ host: 'api.example.com', methods: ['GET', 'POST'], paths: ['/v1/*'] }]

function rules(given: readonly object[]): unknown {
  return manifestFromObject({ name: 'a', capabilities: { http: given } }).capabilities.http
}

function open(
  fetch: HttpDriver['fetch'],
  options?: HttpOptions,
  given: readonly object[] = RULES,
  budgets = {},
): Promise<Adapted> {
  return adapted(http({ name: 'test', fetch }, options), rules(given), {}, budgets)
}

interface Asked {
  readonly method?: string
  readonly authority?: string
  readonly path?: string
}

function request({ method = 'get', authority = 'api.example.com', path = '/v1/x' }: Asked = {}) {
  const outgoing = new OutgoingRequest(new Fields({ leftBytes: 10_000 }))
  outgoing.setMethod({ tag: method })
  outgoing.setAuthority(authority)
  outgoing.setPathWithQuery(path)
  return outgoing
}

function send({ of }: Adapted, outgoing: OutgoingRequest, options?: RequestOptions) {
  return of('wasi:http/outgoing-handler')['handle']?.(outgoing, options) as FutureIncomingResponse
}

async function settled(future: FutureIncomingResponse) {
  await future.subscribe().block()
  const outcome = future.get()
  if (outcome?.tag !== 'ok') throw new Error('not there')
  return outcome.val
}

async function received(future: FutureIncomingResponse): Promise<IncomingResponse> {
  const outcome = await settled(future)
  if (outcome.tag === 'err') throw new Error(outcome.val.tag)
  return outcome.val
}

async function textOf(response: IncomingResponse): Promise<string> {
  const stream = response.consume().stream()
  let text = ''
  for (;;) {
    try {
      text += new TextDecoder().decode(await (stream as InputStream).blockingRead(1000n))
    } catch {
      return text
    }
  }
}

describe('http(), through wasi:http', () => {
  it('sends what a rule allows, and takes the response once', async () => {
    const opened = await open(async ({ method, url }) => new Response(`${method} ${url}`))
    const future = send(opened, request())
    expect(future.get()).toBeUndefined()
    const response = await received(future)
    expect(response.status()).toBe(200)
    expect(await textOf(response)).toBe('GET https://api.example.com/v1/x')
    expect(future.get()).toEqual({ tag: 'err', val: undefined })
    expect(opened.events).toMatchObject([
      {
        capability: 'http',
        action: 'GET',
        target: 'api.example.com',
        outcome: 'allowed',
        bytesIn: 32,
      },
    ])
  })

  it.for([
    [{ authority: 'other.example' }, 'host'],
    [{ path: '/v2/x' }, 'path'],
    [{ path: '/v1/../v2' }, 'path'],
    [{ method: 'put' }, 'method'],
    [{ authority: 'api.example.com:8443' }, 'port'],
  ] as const)('denies %j, and tells the operator the rule', async ([asked, why]) => {
    const opened = await open(() => Promise.reject(new Error('must not be called')))
    expect(await payloadOf(() => send(opened, request(asked)))).toEqual({
      tag: 'HTTP-request-denied',
    })
    expect(opened.events).toMatchObject([{ outcome: 'denied', hint: expect.stringContaining(why) }])
  })

  it('denies everything without rules, and does not link without a grant', async () => {
    const opened = await open(() => Promise.reject(new Error('must not be called')), {}, [])
    expect(await payloadOf(() => send(opened, request()))).toEqual({ tag: 'HTTP-request-denied' })
    const capability = http({ name: 'test', fetch: () => Promise.reject(new Error()) })
    expect(await capability.configure({ agent: 'a', grant: undefined })).toMatchObject({
      granted: false,
    })
  })

  it.for(['connect', 'trace'])('refuses the method %s', async (method) => {
    const opened = await open(() => Promise.reject(new Error('must not be called')))
    expect(await payloadOf(() => send(opened, request({ method })))).toEqual({
      tag: 'HTTP-request-method-invalid',
    })
  })

  it.for(['user@host', 'a/b', 'a b', 'host#x', '[::1'])('refuses the authority %j', (authority) => {
    expect(() => request().setAuthority(authority)).toThrow()
  })

  it('streams the body of a request', async () => {
    const opened = await open(async (sent) => new Response(await sent.text()))
    const outgoing = request({ method: 'post' })
    const body = outgoing.body()
    const future = send(opened, outgoing)
    const stream = body.write()
    for (const part of ['one', 'two'])
      await stream.blockingWriteAndFlush(new TextEncoder().encode(part))
    OutgoingBody.finish(body, undefined)
    expect(await textOf(await received(future))).toBe('onetwo')
  })

  it.for(['get', 'head'])('sends %s with a body that nothing is written to', async (method) => {
    const invocation = await open(
      async ({ method, body }) => new Response(`${method} ${body}`),
      {},
      [{ host: 'api.example.com', methods: ['GET', 'HEAD'] }],
    )
    const outgoing = request({ method })
    const body = outgoing.body()
    const future = send(invocation, outgoing)
    OutgoingBody.finish(body, undefined)
    expect((await received(future)).status()).toBe(200)
  })

  it('refuses a body of GET, before and after it is sent, and says so', async () => {
    let asked = 0
    const invocation = await open(async ({ signal }) => {
      asked++
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      )
    })
    const early = request()
    early.body().write().write(new Uint8Array(3))
    expect(await payloadOf(() => send(invocation, early))).toEqual({
      tag: 'HTTP-request-body-size',
      val: 3n,
    })
    expect(asked).toBe(0)

    const late = request()
    const stream = late.body().write()
    const future = send(invocation, late)
    expect(() => stream.write(new Uint8Array(3))).toThrow()
    expect((await settled(future)).tag).toBe('err')
    const hint = 'Send no body with GET: use another method, such as POST'
    expect(invocation.events.filter((each) => each.hint === hint)).toHaveLength(2)
  })

  it('holds the server back while the guest does not read', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>(
      { pull: (controller) => (pulled++, controller.enqueue(new Uint8Array(1000))) },
      { highWaterMark: 0 },
    )
    const opened = await open(async () => new Response(endless))
    const response = await received(send(opened, request()))
    const stream = response.consume().stream()
    await stream.blockingRead(1000n)
    await stream.blockingRead(1000n)
    expect(pulled).toBeLessThan(5)
  })

  it('bounds requests, their bodies, and all responses together', async () => {
    const opened = await open(async () => new Response('x'.repeat(80)), {}, RULES, {
      outboundRequests: 3,
      inboundBytes: 100,
    })
    expect(await textOf(await received(send(opened, request())))).toHaveLength(80)
    expect(await textOf(await received(send(opened, request())))).toHaveLength(0)
    send(opened, request())
    expect(await payloadOf(() => send(opened, request()))).toEqual({
      tag: 'connection-limit-reached',
    })
    expect(opened.events.map(({ outcome }) => outcome)).toContain('limited')
    const outgoing = request({ method: 'post' })
    const body = outgoing.body()
    const small = await open(async (sent) => new Response(await sent.text()), {
      maxRequestBytes: 5,
    })
    const future = send(small, outgoing)
    const stream = body.write()
    expect(await payloadOf(() => stream.blockingWriteAndFlush(new Uint8Array(6)))).toMatchObject({
      tag: 'last-operation-failed',
    })
    expect(await settled(future)).toMatchObject({ tag: 'err' })
  })

  it('bounds what all requests send together, and says which limit it was', async () => {
    const opened = await open(async (sent) => new Response(await sent.text()), {}, RULES, {
      outboundBytes: 10,
    })
    const post = (): [FutureIncomingResponse, OutgoingBody] => {
      const outgoing = request({ method: 'post' })
      const body = outgoing.body()
      return [send(opened, outgoing), body]
    }
    const [first, allowed] = post()
    await allowed.write().blockingWriteAndFlush(new Uint8Array(10))
    OutgoingBody.finish(allowed, undefined)
    expect(await textOf(await received(first))).toHaveLength(10)
    const [second, denied] = post()
    const stream = denied.write()
    expect(await payloadOf(() => stream.blockingWriteAndFlush(new Uint8Array(1)))).toMatchObject({
      tag: 'last-operation-failed',
    })
    expect(await settled(second)).toEqual({
      tag: 'err',
      val: { tag: 'HTTP-request-body-size', val: 1n },
    })
    expect(opened.events).toMatchObject([
      { outcome: 'allowed', rule: 'http[0]', bytesOut: 10 },
      { outcome: 'limited', hint: 'Raise limits.outboundBytes' },
    ])
  })

  it('names the rule in the record of what it allowed, also where that failed', async () => {
    const failing = await open(() => Promise.reject(new Error('reset')))
    await settled(send(failing, request()))
    expect(failing.events).toMatchObject([{ outcome: 'failed', rule: 'http[0]' }])
  })

  it('tells an address that is not granted from a failure', async () => {
    const refusing = await open(() => Promise.reject(new HttpRefusal('private', 'private')))
    expect(await settled(send(refusing, request()))).toEqual({
      tag: 'err',
      val: { tag: 'destination-IP-prohibited' },
    })
    expect(refusing.events).toMatchObject([{ outcome: 'denied' }])
    const failing = await open(() => Promise.reject(new Error('reset')))
    expect(await settled(send(failing, request()))).toEqual({
      tag: 'err',
      val: { tag: 'destination-unavailable' },
    })
  })

  it('gives up when the guest asked for less time', async () => {
    const opened = await open(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        }),
    )
    const options = new RequestOptions()
    options.setFirstByteTimeout(1_000_000n)
    expect(await settled(send(opened, request(), options))).toEqual({
      tag: 'err',
      val: { tag: 'HTTP-response-timeout' },
    })
  })

  it('gives the trailers that follow a body, and none of what is no trailer', async () => {
    const opened = await open(async () => {
      const response = new Response('x')
      setTrailers(response, Promise.resolve(new Headers({ 'x-sum': '42', host: 'b', te: 'x' })))
      return response
    })
    const trailers = IncomingBody.finish((await received(send(opened, request()))).consume())
    await trailers.subscribe().block()
    const got = trailers.get()
    const fields = got?.tag === 'ok' && got.val.tag === 'ok' ? got.val.val : undefined
    expect(fields?.entries()).toEqual([['x-sum', new TextEncoder().encode('42')]])
  })

  it('sends a copy of received headers without what belongs to their connection', async () => {
    const opened = await open(async (sent) => Response.json([...sent.headers]))
    const headers = new Headers({ host: 'victim', connection: 'x-hop', 'x-hop': '1', 'x-a': '2' })
    const copy = receivedFields(headers, { leftBytes: 10_000 }).clone()
    copy.append('te', new TextEncoder().encode('trailers'))
    const outgoing = new OutgoingRequest(copy)
    outgoing.setAuthority('api.example.com')
    outgoing.setPathWithQuery('/v1/x')
    expect(JSON.parse(await textOf(await received(send(opened, outgoing))))).toEqual([
      ['te', 'trailers'],
      ['x-a', '2'],
    ])
  })

  it('has no trailers after a body', async () => {
    const opened = await open(async () => new Response('x'))
    const body = (await received(send(opened, request()))).consume()
    const trailers = IncomingBody.finish(body)
    await trailers.subscribe().block()
    expect(trailers.get()).toEqual({ tag: 'ok', val: { tag: 'ok', val: undefined } })
  })
})
