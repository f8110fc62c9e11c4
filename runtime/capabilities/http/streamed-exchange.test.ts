import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BodyStream } from '../../host-module/index.ts'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import { FairShare } from '../../meter/index.ts'
import { slowBody } from '../../testing/slow-body.ts'
import type { Redirect } from './course.ts'
import type { HttpDriver } from './driver.ts'
import { http, type HttpOptions } from './http.ts'
import type { OpenedResponse } from './streamed-exchange.ts'

const RULES = [{ host: 'a.test', methods: ['GET', 'POST'] }]

interface Asked {
  readonly method?: string
  readonly url?: string
  readonly body?: string
  readonly upload?: BodyStream
  readonly redirect?: Redirect
}

async function host(
  fetch: HttpDriver['fetch'],
  options: HttpOptions & { budgets?: object; bodies?: FairShare } = {},
) {
  const { budgets = {}, bodies, ...others } = options
  const capability = http({ name: 'test', fetch }, others)
  const grant = (http: object[]): unknown =>
    manifestFromObject({ name: 'tester', capabilities: { http } }).capabilities.http
  const invocation = testInvocation('tester', budgets, bodies)
  const ready = await configured(capability, grant(RULES))
  const { open } = functionsOf<'open'>(capability, ready, invocation)
  const ask = (asked: Asked = {}): Promise<OpenedResponse> => {
    const { method = 'GET', url = 'https://a.test/', body = '', upload } = asked
    const request = { method, url, headers: [], body: bytes(body) }
    // The capability returns what http.wit says.
    return open(request, upload, asked.redirect ?? 'follow') as Promise<OpenedResponse>
  }
  return { ask, invocation, revoke: () => ready.attenuate?.(grant([])) }
}

/** An upload of a guest, part by part. */
function slowUpload() {
  const { body, ...parts } = slowBody()
  const end = Promise.withResolvers<Awaited<BodyStream['end']>>()
  return { ...parts, settle: end.resolve, upload: { bytes: body, end: end.promise } }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const OK = { tag: 'ok', val: undefined } as const
const err = (val: string) => ({ tag: 'err', val })

function arriving({ content }: OpenedResponse): BodyStream {
  if (content.tag !== 'arriving') throw new Error(`Cannot read a stream: ${content.tag}`)
  return content.val
}

async function textOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value)
}

afterEach(() => vi.useRealTimers())

describe('http.open(), of the response', () => {
  it('passes a body whole that is there with its head', async () => {
    const { ask, invocation } = await host(async () => new Response('small', { status: 201 }))
    const opened = await ask()
    expect(opened).toMatchObject({ status: 201, content: { tag: 'whole', val: bytes('small') } })
    expect(invocation.events).toMatchObject([{ outcome: 'allowed', bytesIn: 5 }])
  })

  it('passes no body as an empty one', async () => {
    const { ask, invocation } = await host(async () => new Response(null, { status: 204 }))
    expect((await ask()).content).toEqual({ tag: 'whole', val: new Uint8Array(0) })
    expect(invocation.events).toHaveLength(1)
  })

  it('counts a body that is whole as held until the guest has it', async () => {
    const bodies = new FairShare({ max: 100, maxByAgent: 100, maxWaitingByAgent: 0 })
    const { ask } = await host(async () => new Response('x'.repeat(60)), { bodies })
    const first = await ask()
    expect(await payloadOf(() => ask())).toBe('limited')
    expect(first.content.tag).toBe('whole')
    expect((await ask()).content.tag).toBe('whole')
  })

  it('passes each part of a body when it comes, and records the request at the end', async () => {
    const { body, send, end } = slowBody()
    const { ask, invocation } = await host(async () => new Response(body))
    const { bytes: stream, end: ended } = arriving(await ask())
    const reader = stream.getReader()
    for (const part of ['one', 'two']) {
      send(part)
      expect(await textOf(reader)).toBe(part)
    }
    expect(invocation.events).toEqual([])
    end()
    expect((await reader.read()).done).toBe(true)
    expect(await ended).toEqual(OK)
    expect(invocation.events).toMatchObject([{ outcome: 'allowed', bytesIn: 6 }])
  })

  it('passes a body as a stream of which only the start is there, whatever length it declares', async () => {
    const { body, send, end } = slowBody()
    send('start')
    const headers = { 'content-length': '8' }
    const { ask } = await host(async () => new Response(body, { headers }))
    const { bytes: stream } = arriving(await ask())
    send('end')
    end()
    expect(await new Response(stream).text()).toBe('startend')
  })

  it('passes a body as a stream that is larger than streams are read at once', async () => {
    const { ask } = await host(async () => new Response('x'.repeat(70_000)))
    const { bytes: stream, end } = arriving(await ask())
    expect(await new Response(stream).text()).toHaveLength(70_000)
    expect(await end).toEqual(OK)
  })

  it('decodes a body as it comes', async () => {
    const packed = new Blob(['decoded']).stream().pipeThrough(new CompressionStream('gzip'))
    const headers = { 'content-encoding': 'gzip' }
    const { ask, invocation } = await host(async () => new Response(packed, { headers }))
    const { content, decoded } = await ask()
    const read = content.tag === 'whole' ? content.val : content.val.bytes
    expect([decoded, await new Response(read as BodyInit).text()]).toEqual([true, 'decoded'])
    expect(invocation.events).toMatchObject([{ outcome: 'allowed', bytesIn: 27 }])
  })

  it('has no bound for a streamed body but that of the manifest', async () => {
    const budgets = { inboundBytes: 150_000 }
    const options = { budgets, maxResponseBytes: 10 }
    const slow = slowBody()
    const bodies = [new Blob(['x'.repeat(100_000)]).stream(), slow.body]
    const { ask, invocation } = await host(async () => new Response(bodies.shift()), options)
    const first = arriving(await ask())
    expect(await new Response(first.bytes).text()).toHaveLength(100_000)
    const second = arriving(await ask())
    slow.send('x'.repeat(60_000))
    await new Response(second.bytes).text()
    expect(await second.end).toEqual(err('limited'))
    expect(invocation.events).toMatchObject([{ outcome: 'allowed' }, { outcome: 'limited' }])
  })

  it('ends a body that is silent for too long, however long it has gone on', async () => {
    vi.useFakeTimers()
    const { body, send, cancelled } = slowBody()
    const { ask, invocation } = await host(async () => new Response(body), { timeoutMs: 500 })
    const opening = ask()
    await vi.advanceTimersByTimeAsync(1)
    const { bytes: stream, end } = arriving(await opening)
    const reader = stream.getReader()
    for (let part = 0; part < 5; part++) {
      const read = textOf(reader)
      await vi.advanceTimersByTimeAsync(400)
      send('part')
      expect(await read).toBe('part')
    }
    // A guest that does not ask for more does not wait.
    await vi.advanceTimersByTimeAsync(600)
    expect(invocation.events).toEqual([])
    const read = reader.read()
    await vi.advanceTimersByTimeAsync(500)
    expect((await read).done).toBe(true)
    expect(await end).toEqual(err('timeout'))
    await cancelled
    expect(invocation.events).toMatchObject([{ outcome: 'failed', bytesIn: 20 }])
  })

  it('tells the end of a body that breaks off from the end of one that is whole', async () => {
    const { body, send, fail } = slowBody()
    const { ask, invocation } = await host(async () => new Response(body))
    const { bytes: stream, end } = arriving(await ask())
    const reader = stream.getReader()
    send('part')
    await textOf(reader)
    fail()
    expect((await reader.read()).done).toBe(true)
    expect(await end).toEqual(err('unavailable'))
    expect(invocation.events).toMatchObject([{ outcome: 'failed', hint: 'reset' }])
  })

  it('cancels the upstream at once when the guest drops the body', async () => {
    const { body, cancelled } = slowBody()
    let signal: AbortSignal | undefined
    const { ask, invocation } = await host(async (_, options) => {
      signal = options.signal
      return new Response(body)
    })
    const { bytes: stream } = arriving(await ask())
    await stream.cancel()
    expect(signal?.aborted).toBe(true)
    await cancelled
    expect(invocation.events).toMatchObject([{ outcome: 'allowed', bytesIn: 0 }])
  })

  it('cancels the upstream with the invocation, and has recorded it then', async () => {
    const { body, send, cancelled } = slowBody()
    const { ask, invocation } = await host(async () => new Response(body))
    const { bytes: stream } = arriving(await ask())
    const reader = stream.getReader()
    send('part')
    await textOf(reader)
    invocation.end()
    expect(invocation.events).toMatchObject([{ outcome: 'allowed', bytesIn: 4 }])
    await cancelled
  })

  it('cancels the upstream when its rule is revoked', async () => {
    const { body, cancelled } = slowBody()
    const { ask, invocation, revoke } = await host(async () => new Response(body))
    const { end, bytes: stream } = arriving(await ask())
    revoke()
    await cancelled
    await new Response(stream).text()
    expect(await end).toEqual(err('unavailable'))
    expect(invocation.events).toMatchObject([{ outcome: 'denied', hint: 'http[0] was revoked' }])
  })

  it('refuses what the manifest does not grant, and asks no server', async () => {
    const { ask, invocation } = await host(() => Promise.reject(new Error('asked')))
    expect(await payloadOf(() => ask({ url: 'https://b.test/' }))).toBe('denied')
    expect(invocation.events).toMatchObject([{ outcome: 'denied', target: 'b.test' }])
  })

  it('gives a head up that does not come in time', async () => {
    vi.useFakeTimers()
    const { ask } = await host(() => new Promise(() => {}), { timeoutMs: 500 })
    const ended = payloadOf(() => ask())
    await vi.advanceTimersByTimeAsync(500)
    expect(await ended).toBe('timeout')
  })
})

describe('http.open(), of an upload', () => {
  it('sends each part when it comes, and lets the answer come first', async () => {
    const parts = slowUpload()
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
    const answer = slowBody()
    const { ask, invocation } = await host(async (request) => {
      reader = request.body?.getReader()
      return new Response(answer.body)
    })
    const opened = arriving(await ask({ method: 'POST', upload: parts.upload }))
    const sent = reader as ReadableStreamDefaultReader<Uint8Array>
    for (const part of ['one', 'two']) {
      parts.send(part)
      expect(await textOf(sent)).toBe(part)
    }
    parts.end()
    parts.settle(OK)
    expect((await sent.read()).done).toBe(true)
    answer.end()
    await new Response(opened.bytes).text()
    expect(invocation.events).toMatchObject([{ outcome: 'allowed', bytesOut: 6 }])
  })

  it('breaks off when the guest gives it up: no server takes it for whole', async () => {
    const parts = slowUpload()
    const { ask, invocation } = await host(async (request) => new Response(await request.text()))
    const asked = payloadOf(() => ask({ method: 'POST', upload: parts.upload }))
    parts.send('part')
    await new Promise((resolve) => setTimeout(resolve, 1))
    parts.end()
    parts.settle({ tag: 'err', val: 'unavailable' })
    expect(await asked).toBe('unavailable')
    expect(invocation.events).toMatchObject([{ outcome: 'failed', bytesOut: 4 }])
  })

  it.each([
    ['maxRequestBytes of the http capability', { maxRequestBytes: 5 }],
    ['limits.outboundBytes', { budgets: { outboundBytes: 5 } }],
  ])('breaks off above %s', async (name, options) => {
    const parts = slowUpload()
    const { ask, invocation } = await host(
      async (request) => new Response(await request.text()),
      options,
    )
    const asked = payloadOf(() => ask({ method: 'POST', upload: parts.upload }))
    parts.send('six bytes')
    expect(await asked).toBe('limited')
    await parts.cancelled
    expect(invocation.events).toMatchObject([
      { outcome: 'limited', hint: expect.stringContaining(name) },
    ])
  })

  it('may take longer than the head, as long as more of it comes', async () => {
    vi.useFakeTimers()
    const parts = slowUpload()
    const { ask } = await host(async (request) => new Response(await request.text()), {
      timeoutMs: 500,
    })
    const asked = ask({ method: 'POST', upload: parts.upload })
    for (let part = 0; part < 5; part++) {
      await vi.advanceTimersByTimeAsync(400)
      parts.send('x')
    }
    parts.end()
    parts.settle(OK)
    await vi.advanceTimersByTimeAsync(10)
    expect((await asked).content).toMatchObject({ val: bytes('xxxxx') })
  })

  it('is cancelled when the head does not come in time', async () => {
    vi.useFakeTimers()
    const parts = slowUpload()
    const { ask } = await host(() => new Promise(() => {}), { timeoutMs: 500 })
    const asked = payloadOf(() => ask({ method: 'POST', upload: parts.upload }))
    await vi.advanceTimersByTimeAsync(500)
    expect(await asked).toBe('timeout')
    await parts.cancelled
  })

  it.each([
    [307, 'POST', 'redirected'],
    [303, 'GET', 'done'],
  ])('is sent once: a redirect with %i asks with %s', async (status, _, outcome) => {
    const parts = slowUpload()
    const { ask } = await host(async (request) =>
      request.url.endsWith('/next')
        ? new Response('done')
        : new Response(null, { status, headers: { location: '/next' } }),
    )
    const asked = ask({ method: 'POST', upload: parts.upload })
    const text =
      outcome === 'done'
        ? new TextDecoder().decode(((await asked).content as { val: Uint8Array }).val)
        : await payloadOf(() => asked)
    expect(text).toBe(outcome)
    await parts.cancelled
  })

  it.each([
    ['GET', ''],
    ['POST', 'both'],
  ])('is malformed with %s and body "%s"', async (method, body) => {
    const { ask } = await host(() => Promise.reject(new Error('asked')))
    const { upload } = slowUpload()
    expect(await payloadOf(() => ask({ method, body, upload }))).toBe('malformed')
  })
})
