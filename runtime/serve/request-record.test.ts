import { describe, expect, it, vi } from 'vitest'
import { FairShare, HeldBytes } from '../meter/index.ts'
import { toRequestRecord, type HeaderPair, type RequestRecord } from './request-record.ts'

describe('toRequestRecord()', () => {
  it('reads what is there without a promise when there is no body', () => {
    const request = new Request('http://a/b?c=d', { headers: { 'x-a': '1' } })
    expect(toRequestRecord(request, 0, new HeldBytes('a', undefined))).toEqual({
      method: 'GET',
      url: 'http://a/b?c=d',
      headers: [['x-a', '1']],
      body: new Uint8Array(0),
    })
  })

  it('leaves out what belongs to the connection, and what it names', () => {
    const headers: HeaderPair[] = [
      ['host', 'a'],
      ['connection', 'Close, X-Hop'],
      ['x-hop', '1'],
      ['te', 'trailers'],
      ['expect', '100-continue'],
      ['x-a', '1'],
    ]
    // As a server has them: a platform's `Request` may drop some by itself.
    const request = {
      method: 'GET',
      url: 'http://a/',
      headers: Object.assign(headers, { get: () => null }),
      body: null,
      arrayBuffer: async () => new ArrayBuffer(0),
    }
    expect(toRequestRecord(request, 0, new HeldBytes('a', undefined))).toMatchObject({
      headers: [
        ['host', 'a'],
        ['x-a', '1'],
      ],
    })
  })

  it('reads a body of a declared length without a stream', async () => {
    const request = {
      method: 'POST',
      url: 'http://a/',
      headers: new Headers({ 'content-length': '1' }),
      get body(): never {
        throw new Error('A server makes its whole request for it')
      },
      arrayBuffer: async () => Uint8Array.of(7).buffer,
    }
    const record = await toRequestRecord(request, 1, new HeldBytes('a', undefined))
    expect(record.body).toEqual(Uint8Array.of(7))
  })

  it('puts a body together that comes in chunks, and cancels one that it refuses', async () => {
    const sent = (cancel: () => void): Request => {
      let left = 3
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (left === 0) controller.close()
          else controller.enqueue(Uint8Array.of(left--))
        },
        cancel,
      })
      const init = { method: 'POST', body, duplex: 'half' }
      return new Request('http://a/', init)
    }
    const cancelled = vi.fn<() => void>()
    const held = new HeldBytes('a', undefined)
    expect((await toRequestRecord(sent(cancelled), 3, held)).body).toEqual(Uint8Array.of(3, 2, 1))
    expect(cancelled).not.toHaveBeenCalled()
    await expect(toRequestRecord(sent(cancelled), 2, held)).rejects.toMatchObject({
      facts: { limit: 'request-body' },
    })
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('refuses a body that grows past its bound without a declared length', async () => {
    const chunks = [new Uint8Array(3), new Uint8Array(3)]
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks.shift()
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
    })
    const init = { method: 'POST', body, duplex: 'half' }
    const record = toRequestRecord(new Request('http://a/', init), 5, new HeldBytes('a', undefined))
    await expect(record).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' })
  })

  it.for([true, false])(
    'refuses a body for which there is no room, and holds one for which there is (declared: %s)',
    async (isDeclared) => {
      const options = { max: 4, maxByAgent: 4, maxWaitingByAgent: 0 }
      const bodies = new FairShare(options)
      const read = (held: HeldBytes): RequestRecord | Promise<RequestRecord> => {
        const body = new Blob(['abc']).stream()
        const headers = isDeclared ? { 'content-length': '3' } : {}
        const init = { method: 'POST', body, headers, duplex: 'half' }
        return toRequestRecord(new Request('http://a/', init), 100, held)
      }
      const first = new HeldBytes('a', bodies)
      expect((await read(first)).body).toHaveLength(3)
      expect(bodies.use('a').held).toBe(3)
      const second = new HeldBytes('a', bodies)
      await expect(read(second)).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
        facts: { limit: 'bodies' },
      })
      first.end()
      second.end()
      expect(bodies.use('a')).toEqual({ held: 0, waiting: 0, refused: 1 })
    },
  )
})
