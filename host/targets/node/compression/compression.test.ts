/** Answers in each encoding, read back by Node's own libraries. @module */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { WholeAnswer, type Answer } from '../../../../runtime/agents/index.ts'
import { setTrailers } from '../../../../runtime/host-module/index.ts'
import { Compression } from './compression.ts'

const TEXT = 'some text that repeats itself, '.repeat(200)
const HTML = ['content-type', 'text/html; charset=utf-8']
const READ = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync }
type Read = keyof typeof READ

function whole(fields: readonly string[] = HTML, body: string | null = TEXT, status = 200) {
  return new WholeAnswer(status, fields, body === null ? null : Buffer.from(body))
}

async function encode(
  answer: Answer,
  accept: string,
  method = 'GET',
  compression = new Compression(),
): Promise<{ status: number; fields: Record<string, string>; bytes: Uint8Array | null }> {
  const encoded = await compression.encode(answer, { method, accept })
  if (encoded instanceof WholeAnswer) {
    const fields: Record<string, string> = {}
    for (let at = 0; at < encoded.fields.length; at += 2)
      fields[encoded.fields[at] ?? ''] = encoded.fields[at + 1] ?? ''
    return { status: encoded.status, fields, bytes: encoded.body }
  }
  const bytes = new Uint8Array(await encoded.arrayBuffer())
  return { status: encoded.status, fields: Object.fromEntries(encoded.headers), bytes }
}

function read(encoding: string | undefined, bytes: Uint8Array | null): string {
  return String(READ[encoding as Read](bytes ?? new Uint8Array(0)))
}

function streaming(...chunks: string[]): Response {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/plain' } })
}

describe('Compression.encode() of a whole answer', () => {
  it.each([
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['br;q=0.5, gzip', 'gzip'],
  ] as const)('of a client that takes %s', async (accept, encoding) => {
    const { fields, bytes } = await encode(whole([...HTML, 'content-length', '6200']), accept)
    expect(fields).toEqual({
      'content-type': 'text/html; charset=utf-8',
      'content-encoding': encoding,
      vary: 'accept-encoding',
    })
    expect(bytes?.length).toBeLessThan(TEXT.length / 10)
    expect(read(encoding, bytes)).toBe(TEXT)
  })

  it.each([
    ['is small', whole(HTML, 'x'.repeat(1_023))],
    ['has no type', whole([])],
    ['is an image', whole(['content-type', 'image/png'])],
    ['is bytes', whole(['content-type', 'application/octet-stream'])],
    ['is an archive', whole(['content-type', 'application/zip'])],
    ['is a stream of events', whole(['content-type', 'text/event-stream; charset=utf-8'])],
    ['is encoded already', whole([...HTML, 'content-encoding', 'br'])],
    ['says that it is not', whole([...HTML, 'content-encoding', 'identity'])],
    ['is a part', whole([...HTML, 'content-range', 'bytes 0-1/2'], TEXT, 206)],
    ['must not be changed', whole([...HTML, 'cache-control', 'public, No-Transform'])],
    ['has a digest of its bytes', whole([...HTML, 'repr-digest', 'sha-256=:x:'])],
    ['has no body', whole(HTML, null, 304)],
    ['leads elsewhere', whole(HTML, TEXT, 302)],
  ])('leaves one as it is that %s', async (_, answer) => {
    expect(await new Compression().encode(answer, { method: 'GET', accept: 'gzip' })).toBe(answer)
  })

  it('keeps a plain answer for a client that takes none, and tells caches why', async () => {
    for (const accept of ['identity', 'gzip;q=0', 'unknown']) {
      const { fields, bytes } = await encode(whole(), accept)
      expect(fields).toEqual({ 'content-type': HTML[1], vary: 'accept-encoding' })
      expect(String(bytes)).toBe(String(Buffer.from(TEXT)))
    }
  })

  it('sends what does not get smaller as it is', async () => {
    const noise = new Uint8Array(2_000)
    crypto.getRandomValues(noise)
    const { fields, bytes } = await encode(new WholeAnswer(200, HTML, noise), 'gzip')
    expect([fields['content-encoding'], bytes]).toEqual([undefined, noise])
  })

  it('makes a strong tag a weak one, adds to no list that varies anyway, and offers no parts', async () => {
    const fields = [
      ...HTML,
      'etag',
      '"a"',
      'vary',
      'Origin, Accept-Encoding',
      'accept-ranges',
      'bytes',
    ]
    const { fields: sent } = await encode(whole(fields), 'gzip')
    expect(sent).toEqual({
      'content-type': HTML[1],
      etag: 'W/"a"',
      vary: 'Origin, Accept-Encoding',
      'content-encoding': 'gzip',
    })
    const weak = await encode(whole([...HTML, 'etag', 'W/"a"', 'vary', '*']), 'gzip')
    expect([weak.fields['etag'], weak.fields['vary']]).toEqual(['W/"a"', '*'])
    expect((await encode(whole([...HTML, 'etag', '"a"']), 'identity')).fields['etag']).toBe('"a"')
  })

  it('has the fields of GET for HEAD, without a length that is not known', async () => {
    const { fields, bytes } = await encode(
      whole([...HTML, 'content-length', '6200'], null),
      'gzip',
      'HEAD',
    )
    expect([fields, bytes]).toEqual([
      { 'content-type': HTML[1], 'content-encoding': 'gzip', vary: 'accept-encoding' },
      null,
    ])
    const small = whole([...HTML, 'content-length', '10'], null)
    expect((await encode(small, 'gzip', 'HEAD')).fields['content-length']).toBe('10')
  })

  it('compresses a bounded number at once, and sends the others as they are', async () => {
    const compression = new Compression()
    const all = await Promise.all(
      Array.from({ length: 20 }, () => encode(whole(), 'gzip', 'GET', compression)),
    )
    expect(all.filter(({ fields }) => fields['content-encoding'] === 'gzip')).toHaveLength(16)
    expect((await encode(whole(), 'gzip', 'GET', compression)).fields['content-encoding']).toBe(
      'gzip',
    )
  })
})

describe('Compression.encode() of an answer that streams', () => {
  it.each(['gzip', 'br', 'zstd'])('in %s', async (accept) => {
    const { fields, bytes } = await encode(streaming(TEXT, 'x', '', TEXT), accept)
    expect([fields['content-encoding'], read(accept, bytes)]).toEqual([accept, `${TEXT}x${TEXT}`])
  })

  it('sends each piece when it comes', async () => {
    let push: (text: string) => void = () => {}
    let close: () => void = () => {}
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        push = (text) => controller.enqueue(new TextEncoder().encode(text))
        close = () => controller.close()
      },
    })
    const answer = new Response(body, { headers: { 'content-type': 'text/plain' } })
    const encoded = await new Compression().encode(answer, { method: 'GET', accept: 'gzip' })
    const decoded = (encoded as Response).body
      ?.pipeThrough(new DecompressionStream('gzip'))
      .pipeThrough(new TextDecoderStream())
      .getReader()
    for (const piece of ['one', 'two', 'three']) {
      push(piece)
      expect((await decoded?.read())?.value).toBe(piece)
    }
    close()
    expect((await decoded?.read())?.done).toBe(true)
  })

  it('breaks off where its source does, and stops the source when the client leaves', async () => {
    const failing = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.error(new Error('of the guest')),
    })
    const headers = { 'content-type': 'text/plain' }
    const broken = await new Compression().encode(new Response(failing, { headers }), {
      method: 'GET',
      accept: 'gzip',
    })
    await expect((broken as Response).text()).rejects.toThrow('of the guest')

    let reason: unknown
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: (given) => void (reason = given),
    })
    const left = await new Compression().encode(new Response(endless, { headers }), {
      method: 'GET',
      accept: 'br',
    })
    const reader = (left as Response).body?.getReader()
    await reader?.read()
    await reader?.cancel('left')
    expect(reason).toBe('left')
  })

  it('leaves one as it is that has trailers, or failed', async () => {
    const trailed = streaming(TEXT)
    setTrailers(trailed, Promise.resolve(new Headers()))
    const failed = new Response(TEXT, { status: 503, headers: { 'content-type': 'text/html' } })
    for (const answer of [trailed, failed])
      expect(await new Compression().encode(answer, { method: 'GET', accept: 'gzip' })).toBe(answer)
  })

  it('holds a bounded number of them', async () => {
    const compression = new Compression()
    const open = Array.from({ length: 65 }, () =>
      compression.encode(streaming(TEXT), { method: 'GET', accept: 'gzip' }),
    ) as Response[]
    expect(open.map(({ headers }) => headers.get('content-encoding')).filter(Boolean)).toHaveLength(
      64,
    )
    await Promise.all(open.map((response) => response.body?.cancel()))
    const next = compression.encode(streaming(TEXT), { method: 'GET', accept: 'gzip' }) as Response
    expect(next.headers.get('content-encoding')).toBe('gzip')
    await next.body?.cancel()
  })
})
