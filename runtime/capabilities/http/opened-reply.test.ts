/** `http.open()` with a driver of plain values: at once where the driver answers so, streams handed on as they are. */
import { describe, expect, it } from 'vitest'
import type { BodyStream } from '../../host-module/index.ts'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import { FairShare } from '../../meter/index.ts'
import type { HttpAsked, HttpDriver, HttpReply } from './driver.ts'
import { http } from './http.ts'
import type { OpenedResponse } from './streamed-exchange.ts'

type Exchange = NonNullable<HttpDriver['exchange']>

interface Asked {
  readonly path?: string
  readonly upload?: BodyStream
  readonly redirect?: 'follow' | 'manual' | 'error'
}

async function host(exchange: Exchange, bodies?: FairShare) {
  const fetched: string[] = []
  const fetch = async ({ url }: Request): Promise<Response> => {
    fetched.push(url)
    return new Response()
  }
  const capability = http({ name: 'test', fetch, exchange })
  const rules = [{ host: 'a.test', methods: ['GET', 'POST'] }]
  const manifest = manifestFromObject({ name: 'tester', capabilities: { http: rules } })
  const invocation = testInvocation('tester', {}, bodies)
  const ready = await configured(capability, manifest.capabilities.http)
  const { open } = functionsOf<'open'>(capability, ready, invocation)
  const ask = ({ path = '/', upload, redirect = 'follow' }: Asked = {}) => {
    const method = upload === undefined ? 'GET' : 'POST'
    const request = { method, url: `https://a.test${path}`, headers: [], body: new Uint8Array(0) }
    // The capability returns what http.wit says.
    return open(request, upload, redirect) as OpenedResponse | Promise<OpenedResponse>
  }
  return { ask, invocation, fetched }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function reply(body: HttpReply['body'], changes: Partial<HttpReply> = {}): HttpReply {
  return { status: 200, headers: [], body, ...changes }
}

async function textOf({ content }: OpenedResponse): Promise<string> {
  const body = content.tag === 'whole' ? content.val.slice() : content.val.bytes
  return new Response(body as BodyInit).text()
}

/** A driver that reads what it is sent, and answers with it. */
function echo(texts: string[]): Exchange {
  return async ({ body }: HttpAsked) => {
    texts.push(body instanceof ReadableStream ? await new Response(body).text() : 'bytes')
    return reply(bytes(texts.join()))
  }
}

describe('http.open() with a driver that answers with plain values', () => {
  it.each([
    ['bytes', bytes('hello'), 'hello'],
    ['nothing', null, ''],
  ])('returns %s that are there at once without a promise', async (_, body, text) => {
    const { ask, invocation, fetched } = await host(() => reply(body))
    const opened = ask()
    expect(opened).not.toBeInstanceOf(Promise)
    expect(await opened).toMatchObject({ status: 200, content: { tag: 'whole' } })
    expect(await textOf(await opened)).toBe(text)
    expect(invocation.events).toMatchObject([{ outcome: 'allowed', bytesIn: text.length }])
    expect(fetched).toEqual([])
  })

  it('returns bytes that come later whole, held until the guest has them', async () => {
    const bodies = new FairShare({ max: 100, maxByAgent: 100, maxWaitingByAgent: 0 })
    const { ask } = await host(async () => reply(bytes('x'.repeat(60))), bodies)
    const first = await ask()
    expect(await payloadOf(async () => ask())).toBe('limited')
    expect(await textOf(first)).toHaveLength(60)
    expect(await textOf(await ask())).toHaveLength(60)
  })

  it('holds nothing of a reply that was there at once', async () => {
    const bodies = new FairShare({ max: 100, maxByAgent: 100, maxWaitingByAgent: 0 })
    const { ask } = await host(() => reply(bytes('x'.repeat(60))), bodies)
    expect(await textOf(await ask())).toHaveLength(60)
    expect(await textOf(await ask())).toHaveLength(60)
  })

  it('passes more bytes than a guest takes at once as a stream, and counts them', async () => {
    const text = 'x'.repeat(100_000)
    const { ask, invocation } = await host(() => reply(bytes(text)))
    const opened = await ask()
    expect(opened.content.tag).toBe('arriving')
    expect(await textOf(opened)).toBe(text)
    expect(invocation.events).toMatchObject([{ outcome: 'allowed', bytesIn: 100_000 }])
  })

  it('passes each part of a stream when it comes, and cancels a stream that the guest drops', async () => {
    const cancelled = Promise.withResolvers<unknown>()
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({
      start: (it) => void (controller = it),
      cancel: cancelled.resolve,
    })
    const { ask, invocation } = await host(() => reply(body))
    const { content } = await ask()
    if (content.tag !== 'arriving') throw new Error('Cannot read a stream: whole')
    const reader = content.val.bytes.getReader()
    for (const part of ['one', 'two']) {
      controller?.enqueue(bytes(part))
      expect((await reader.read()).value).toEqual(bytes(part))
    }
    expect(invocation.events).toEqual([])
    await reader.cancel()
    await cancelled.promise
    expect(invocation.events).toMatchObject([{ outcome: 'allowed', bytesIn: 6 }])
  })

  it('fails when the driver throws at once, or answers with what is no response', async () => {
    const failing = await host(() => {
      throw new Error('no route')
    })
    expect(await payloadOf(async () => failing.ask())).toBe('unavailable')
    expect(failing.invocation.events).toMatchObject([{ outcome: 'failed', hint: 'no route' }])
    const strange = await host(() => reply(null, { status: 99 }))
    expect(await payloadOf(async () => strange.ask())).toBe('unavailable')
  })

  it('follows a redirect that is there at once, unless it must not', async () => {
    const { ask } = await host(({ url }) =>
      url.pathname === '/'
        ? reply(null, { status: 302, headers: [['location', '/there']] })
        : reply(bytes('there')),
    )
    const followed = await ask()
    expect(followed.redirectedTo).toBe('https://a.test/there')
    expect(await textOf(followed)).toBe('there')
    expect(await ask({ redirect: 'manual' })).toMatchObject({ status: 302 })
    expect(await payloadOf(async () => ask({ redirect: 'error' }))).toBe('redirected')
  })

  it('passes an upload on as a stream, counted', async () => {
    const texts: string[] = []
    const { ask, invocation, fetched } = await host(echo(texts))
    const end = Promise.resolve({ tag: 'ok', val: undefined } as const)
    const opened = await ask({ upload: { bytes: new Blob(['up', 'load']).stream(), end } })
    expect(await textOf(opened)).toBe('upload')
    expect(fetched).toEqual([])
    expect(invocation.events).toMatchObject([{ outcome: 'allowed', bytesIn: 6, bytesOut: 6 }])
  })

  it('breaks an upload off that the guest breaks off', async () => {
    const { ask, invocation } = await host(echo([]))
    const end = Promise.resolve({ tag: 'err', val: 'unavailable' } as const)
    const upload = { bytes: new Blob(['part']).stream(), end }
    expect(await payloadOf(async () => ask({ upload }))).toBe('unavailable')
    expect(invocation.events).toMatchObject([{ outcome: 'failed' }])
  })
})
