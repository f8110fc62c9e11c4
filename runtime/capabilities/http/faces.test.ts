/** Rules for HTTP that hold for both interfaces. */
import { describe, expect, it } from 'vitest'
import { configured, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import { Fields } from '../../wasi/http/fields.ts'
import { OutgoingBody } from '../../wasi/http/outgoing-body.ts'
import { OutgoingRequest } from '../../wasi/http/request.ts'
import type { FutureIncomingResponse } from '../../wasi/http/response.ts'
import type { InputStream } from '../../wasi/io/index.ts'
import { HttpRefusal, type HttpDriver } from './driver.ts'
import { http } from './http.ts'

interface Sent {
  readonly method?: string
  readonly host?: string
  readonly body?: string
  readonly fields?: readonly (readonly [string, string])[]
}

/** Sends through one interface. Only the fact that it resolves or rejects counts, not the value. */
type Send = (sent: Sent) => Promise<unknown>

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function open(
  fetch: HttpDriver['fetch'] = async (request) => new Response(await request.text()),
  { rules = [{ host: 'a.test', methods: ['GET', 'POST'] }], budgets = {} } = {},
) {
  const capability = http({ name: 'test', fetch })
  const granted = (given: readonly object[]): unknown =>
    manifestFromObject({ name: 'tester', capabilities: { http: given } }).capabilities.http
  const ready = await configured(capability, granted(rules))
  const invocation = testInvocation('tester', budgets)
  const imports = ready.prepare(invocation.context)
  const functionOf = (path: string, name: string): ((...args: unknown[]) => unknown) =>
    imports[path]?.[name] as (...args: unknown[]) => unknown
  const faces: Readonly<Record<string, Send>> = {
    'mayfly:agent/http': async ({ method = 'GET', host = 'a.test', body = '', fields = [] }) =>
      functionOf(
        'mayfly:agent/http',
        'send',
      )({
        method,
        url: `https://${host}/`,
        headers: fields,
        body: bytes(body),
      }),
    'wasi:http': async (sent) =>
      sendStreamed(functionOf('wasi:http/outgoing-handler', 'handle'), sent),
  }
  return {
    granted: ready.granted,
    invocation,
    faces,
    attenuate: (given: readonly object[]) => ready.attenuate?.(granted(given)),
  }
}

async function sendStreamed(
  handle: (...args: unknown[]) => unknown,
  { method = 'GET', host = 'a.test', body, fields = [] }: Sent,
): Promise<void> {
  const headers = new Fields({ leftBytes: 1_000_000 })
  for (const [name, value] of fields) headers.append(name, bytes(value))
  const request = new OutgoingRequest(headers)
  request.setMethod({ tag: method.toLowerCase() })
  request.setAuthority(host)
  const outgoing = body === undefined ? undefined : request.body()
  const future = handle(request, undefined) as FutureIncomingResponse
  if (outgoing !== undefined) {
    await outgoing.write().blockingWriteAndFlush(bytes(body ?? ''))
    OutgoingBody.finish(outgoing, undefined)
  }
  await future.subscribe().block()
  const outcome = future.get()
  if (outcome?.tag !== 'ok' || outcome.val.tag !== 'ok')
    throw Object.assign(new Error(), { payload: outcome })
  const stream = outcome.val.val.consume().stream()
  for (;;) {
    try {
      await (stream as InputStream).blockingRead(1000n)
    } catch (error) {
      if (JSON.stringify((error as { payload: unknown }).payload).includes('closed')) return
      throw error
    }
  }
}

const FACES = ['mayfly:agent/http', 'wasi:http'] as const

describe.each(FACES)('http() through %s', (face) => {
  const sendWith = (opened: Awaited<ReturnType<typeof open>>) => opened.faces[face] as Send

  it('records what was sent with its rule and the bytes both ways', async () => {
    const opened = await open()
    await sendWith(opened)({ method: 'POST', body: 'four' })
    expect(opened.invocation.events).toEqual([
      {
        capability: 'http',
        action: 'POST',
        target: 'a.test',
        outcome: 'allowed',
        rule: 'http[0]',
        bytesIn: 4,
        bytesOut: 4,
      },
    ])
  })

  it('denies what no rule allows, with the rule to add', async () => {
    const opened = await open()
    await payloadOf(() => sendWith(opened)({ host: 'b.test' }))
    expect(opened.invocation.events).toEqual([
      {
        capability: 'http',
        action: 'GET',
        target: 'b.test',
        outcome: 'denied',
        hint: 'Add { "host": "b.test", "paths": ["/"] } to capabilities.http (host "b.test": not granted), in the agent.json of "tester"',
      },
    ])
  })

  it.each([
    ['outboundRequests', { outboundRequests: 1 }, 'Raise limits.outboundRequests'],
    ['outboundBytes', { outboundBytes: 5 }, 'Raise limits.outboundBytes'],
    ['inboundBytes', { inboundBytes: 5 }, 'Raise limits.inboundBytes'],
  ])('bounds %s of an invocation, and records the rule', async (_, budgets, hint) => {
    const opened = await open(undefined, { budgets })
    const send = sendWith(opened)
    await send({ method: 'POST', body: 'four' })
    await payloadOf(() => send({ method: 'POST', body: 'four' }))
    expect(opened.invocation.events.slice(1)).toMatchObject([
      { outcome: 'limited', rule: 'http[0]', hint },
    ])
  })

  it.each([
    ['Connection', 'close'],
    ['te', 'gzip'],
    ['upgrade', 'websocket'],
    ['expect', '100-continue'],
    ['http2-settings', 'x'],
    ['proxy-authorization', 'Basic eDp5'],
    ['x', 'a\nb'],
  ])('refuses the field %s: %s', async (name, value) => {
    const sent: Request[] = []
    const opened = await open(async (request) => (sent.push(request), new Response('')))
    await payloadOf(() => sendWith(opened)({ fields: [[name, value]] }))
    expect(sent).toEqual([])
  })

  it('sends a hundred fields of 32 KiB together, and no more', async () => {
    const opened = await open()
    const send = sendWith(opened)
    const many = (count: number, size: number): Sent => ({
      fields: Array.from({ length: count }, (_, index) => [`x-${index}`, 'v'.repeat(size)]),
    })
    await send(many(100, 1))
    await payloadOf(() => send(many(101, 1)))
    await send(many(32, 1000))
    await payloadOf(() => send(many(33, 1000)))
    expect(opened.invocation.events.map(({ outcome }) => outcome)).toEqual([
      'allowed',
      'failed',
      'allowed',
      'failed',
    ])
  })

  it.each(['CONNECT', 'TRACE'])('refuses the method %s', async (method) => {
    const opened = await open()
    await payloadOf(() => sendWith(opened)({ method }))
    expect(opened.invocation.context.budget.exceeded).toBeUndefined()
  })

  it('records an address that the rule does not allow, with the network to grant', async () => {
    const opened = await open(() => Promise.reject(new HttpRefusal('10.0.0.1', 'private')))
    await payloadOf(() => sendWith(opened)({}))
    expect(opened.invocation.events).toMatchObject([
      {
        outcome: 'denied',
        hint: 'Add "network": "private" to http[0] of capabilities (10.0.0.1), in the agent.json of "tester"',
      },
    ])
  })

  it('cuts what a rule no longer allows, and records that it was revoked', async () => {
    const begun = Promise.withResolvers<void>()
    const opened = await open(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')))
          begun.resolve()
        }),
    )
    const sending = payloadOf(() => sendWith(opened)({}))
    await begun.promise
    opened.attenuate([{ host: 'a.test', methods: ['HEAD'] }])
    await sending
    expect(opened.invocation.events).toMatchObject([
      { outcome: 'denied', hint: 'http[0] was revoked' },
    ])
  })

  it('links without rules, and denies every request', async () => {
    const opened = await open(undefined, { rules: [] })
    expect(opened.granted).toBe(true)
    await payloadOf(() => sendWith(opened)({}))
    expect(opened.invocation.events).toMatchObject([{ outcome: 'denied' }])
  })

  it('aborts what is under way when the invocation ends', async () => {
    const begun = Promise.withResolvers<AbortSignal>()
    const opened = await open((_, { signal }) => {
      begun.resolve(signal)
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
    })
    const sending = payloadOf(() => sendWith(opened)({}))
    const signal = await begun.promise
    opened.invocation.end()
    expect(signal.aborted).toBe(true)
    await sending
  })
})
