/** Encoded bodies, as a guest gets them. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import { FairShare, type BudgetLimits } from '../../meter/index.ts'
import { http, type HttpOptions } from './http.ts'

const TEXT = 'ten bytes. '.repeat(1000)
const PLAIN = new TextEncoder().encode(TEXT)
const packed = gzipSync(PLAIN)

interface Setup extends HttpOptions {
  readonly budgets?: Partial<BudgetLimits>
  readonly bodies?: FairShare
  readonly rule?: object
  /** Bytes a chunk. */
  readonly step?: number
}

interface Fetched {
  readonly status: number
  readonly headers: [string, string][]
  readonly body: Uint8Array
  readonly decoded: boolean
}

/** Sends one request that is answered with `body` and `encoding`, in chunks. */
async function receive(
  body: Uint8Array,
  encoding: string,
  { budgets, bodies, rule = {}, step = 1000, ...options }: Setup = {},
  redirect: string | null = 'follow',
) {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>()
  const seen = { read: 0, cancelled }
  const source = (): ReadableStream<Uint8Array> => {
    let at = 0
    return new ReadableStream(
      {
        pull(controller) {
          const chunk = body.slice(at, at + step)
          at += chunk.length
          seen.read = at
          if (chunk.length > 0) controller.enqueue(chunk)
          if (at >= body.length) controller.close()
        },
        cancel() {
          resolve()
        },
      },
      { highWaterMark: 0 },
    )
  }
  const fetch = async () =>
    new Response(source(), {
      headers: { 'content-encoding': encoding, 'content-length': String(body.length) },
    })
  const capability = http({ name: 'test', fetch }, options)
  const { capabilities } = manifestFromObject({
    name: 'tester',
    capabilities: { http: [{ host: 'a.test', ...rule }] },
  })
  const ready = await configured(capability, capabilities.http)
  const invocation = testInvocation('tester', budgets, bodies)
  const { send } = functionsOf<'send'>(capability, ready, invocation)
  const request = { method: 'GET', url: 'https://a.test/', headers: [], body: new Uint8Array(0) }
  const outcome = async (): Promise<Fetched> =>
    (await send(request, redirect ?? undefined)) as Fetched
  return { outcome, seen, invocation }
}

describe('ContentDecoder', () => {
  it.each<[string, Uint8Array]>([
    ['gzip', packed],
    ['x-gzip', packed],
    [' GZIP ', packed],
    ['identity, gzip', packed],
    ['deflate', deflateSync(PLAIN)],
    ['deflate', deflateRawSync(PLAIN)],
    ...(knowsBrotli() ? ([['br', brotliCompressSync(PLAIN)]] satisfies [string, Buffer][]) : []),
    ['gzip, deflate', deflateSync(packed)],
    ['gzip,gzip,gzip,gzip,gzip', gzipSync(gzipSync(gzipSync(gzipSync(packed))))],
  ])('decodes %s and leaves the fields as they are', async (encoding, body) => {
    for (const step of [1, 7, 100_000]) {
      const { outcome } = await receive(body, encoding, { step })
      const fetched = await outcome()
      expect(fetched.decoded).toBe(true)
      expect(new TextDecoder().decode(fetched.body)).toBe(TEXT)
      expect(fetched.headers).toContainEqual(['content-encoding', encoding.trim()])
      expect(fetched.headers).toContainEqual(['content-length', String(body.length)])
    }
  })

  it.each([
    ['zstd', packed],
    ['gzip, unknown', packed],
    ['constructor', packed],
    ['identity', packed],
  ])('leaves a body as it came that is encoded as %s', async (encoding, body) => {
    const { outcome } = await receive(body, encoding)
    const fetched = await outcome()
    expect([fetched.decoded, [...fetched.body]]).toEqual([false, [...body]])
  })

  it('decodes no body for a guest that has no mode for redirects', async () => {
    const { outcome } = await receive(packed, 'gzip', {}, null)
    const { decoded, body } = await outcome()
    expect([decoded, [...body]]).toEqual([false, [...packed]])
  })

  it('takes an encoded body without bytes for an empty one', async () => {
    const { outcome } = await receive(new Uint8Array(0), 'gzip')
    expect(await outcome()).toMatchObject({ decoded: true, body: new Uint8Array(0) })
  })

  it.each([
    ['is cut short', packed.subarray(0, -9), 'gzip'],
    ['is something else', PLAIN, 'gzip'],
    ['is something else', PLAIN, 'deflate'],
    ['is encoded once and not twice', packed, 'gzip, gzip'],
    ['is encoded too often', packed, 'gzip, gzip, gzip, gzip, gzip, gzip'],
  ])('fails when the body %s, and tells the operator', async (_, body, encoding) => {
    const { outcome, invocation } = await receive(body, encoding)
    expect(await payloadOf(outcome)).toBe('unavailable')
    expect(invocation.events).toMatchObject([
      { outcome: 'failed', hint: expect.stringContaining('Cannot decode the response') },
    ])
  })

  it('counts the bytes that arrive as received, and all of them against the budget', async () => {
    const all = packed.length + PLAIN.length
    const enough = await receive(packed, 'gzip', { budgets: { inboundBytes: all } })
    await enough.outcome()
    expect(enough.invocation.events).toMatchObject([{ bytesIn: packed.length }])
    const short = await receive(packed, 'gzip', { budgets: { inboundBytes: all - 1 } })
    expect(await payloadOf(short.outcome)).toBe('limited')
    expect(short.invocation.events).toMatchObject([{ hint: 'Raise limits.inboundBytes' }])
  })

  describe('of a bomb', () => {
    const zeros = new Uint8Array(1 << 28)
    const bomb = gzipSync(zeros)
    const nested = gzipSync(bomb)
    const empty = Buffer.from([0, 0, 0, 0xff, 0xff])
    // Blocks without bytes: large after one step, and nothing after two.
    const hollow = gzipSync(Buffer.concat(Array(2_000_000).fill(empty)))

    it.each([
      ['one layer', bomb, 'gzip'],
      ['two layers', nested, 'gzip, gzip'],
      ['large between two layers', hollow, 'deflate, gzip'],
    ])('stops at the budget: %s', async (_, body, encoding) => {
      const { outcome, invocation } = await receive(body, encoding, {
        budgets: { inboundBytes: 1_000_000 },
        maxResponseBytes: 1 << 30,
      })
      expect(await payloadOf(outcome)).toBe('limited')
      // No more has been decoded than was paid for, but for what one step had ready.
      expect(invocation.fuel).toBeLessThan(2_000_000 * 8)
    })

    it('stops at the size of one body, and at what the host may hold', async () => {
      const large = await receive(bomb, 'gzip', { maxResponseBytes: 100_000, step: 16_384 })
      expect(await payloadOf(large.outcome)).toBe('limited')
      await large.seen.cancelled
      expect(large.seen.read).toBeLessThan(bomb.length)
      const bodies = new FairShare({ max: 100_000, maxByAgent: 100_000, maxWaitingByAgent: 0 })
      const held = await receive(bomb, 'gzip', { bodies, maxResponseBytes: 1 << 30 })
      expect(await payloadOf(held.outcome)).toBe('limited')
    })
  })

  it('looks for secrets in what was decoded', async () => {
    const body = gzipSync(`it was tok-0123456789, as sent: ${TEXT}`)
    const { outcome } = await receive(body, 'gzip', {
      rule: { headers: { authorization: 'Bearer {secret:TOKEN}' } },
      secrets: { name: 'test', get: () => ({ value: 'tok-0123456789' }), hint: () => '' },
    })
    const text = new TextDecoder().decode((await outcome()).body)
    expect(text.slice(0, 35)).toBe('it was **************, as sent: ten')
    expect(text).toHaveLength(TEXT.length + 32)
  })
})

function knowsBrotli(): boolean {
  try {
    new DecompressionStream('brotli' as CompressionFormat)
    return true
  } catch {
    return false
  }
}
