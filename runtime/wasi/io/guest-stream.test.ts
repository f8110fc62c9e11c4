import { describe, expect, it } from 'vitest'
import { EMPTY_SOURCE, ReadableSource } from './byte-source.ts'
import { BytePipe } from './byte-pipe.ts'
import { DISCARD, sinkOf } from './byte-sink.ts'
import { drain, guestStream } from './guest-stream.ts'
import { failed } from './io-error.ts'

const CODES = { closed: 'closed', codeOf: () => 'failed' }
const NEVER = { defer() {} }
const encoder = new TextEncoder()

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift()
      if (chunk === undefined) controller.close()
      else if (chunk === 'error') controller.error(new Error('broken'))
      else controller.enqueue(encoder.encode(chunk))
    },
  })
}

function sourceOf(...chunks: string[]): ReadableSource {
  return new ReadableSource(streamOf(...chunks), { onError: () => failed('broken') })
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).text()
}

describe('guestStream()', () => {
  it('has the bytes of its source, and says that they ended', async () => {
    const [stream, end] = guestStream(sourceOf('one', 'two'), () => 'failed')
    expect(await textOf(stream)).toBe('onetwo')
    expect(await end).toEqual({ tag: 'ok', val: undefined })
    const [none, ended] = guestStream(EMPTY_SOURCE, () => 'failed')
    expect(await textOf(none)).toBe('')
    expect(await ended).toMatchObject({ tag: 'ok' })
  })

  it('ends where its source fails, and says why', async () => {
    const [stream, end] = guestStream(sourceOf('one', 'error'), () => 'failed')
    expect(await textOf(stream)).toBe('one')
    expect(await end).toEqual({ tag: 'err', val: 'failed' })
  })

  it('lets go of its source when the guest drops it, and reads nothing before the guest asks', async () => {
    let read = 0
    let disposed = 0
    const source = {
      ...EMPTY_SOURCE,
      read: () => void read++,
      dispose: () => void disposed++,
    }
    const [stream, end] = guestStream(source, () => 'failed')
    await stream.cancel()
    expect(await end).toMatchObject({ tag: 'ok' })
    expect([read, disposed]).toEqual([0, 1])
  })
})

describe('drain()', () => {
  it('writes all chunks, in parts where there is less room', async () => {
    const pipe = new BytePipe()
    const big = 'x'.repeat(200_000)
    const draining = drain(NEVER, streamOf(big, 'end'), pipe, CODES)
    const reading = textOf(pipe.readable)
    expect(await draining).toEqual({ tag: 'ok', val: undefined })
    pipe.close()
    expect(await reading).toBe(`${big}end`)
  })

  it('says that the sink is closed, that it failed, or that the stream did', async () => {
    const closed = { ...DISCARD, ended: () => true }
    expect(await drain(NEVER, streamOf('x'), closed, CODES)).toEqual({ tag: 'err', val: 'closed' })
    const failing = sinkOf(() => {
      throw new Error('full')
    })
    expect(await drain(NEVER, streamOf('x'), failing, CODES)).toEqual({ tag: 'err', val: 'failed' })
    expect(await drain(NEVER, streamOf('error'), DISCARD, CODES)).toMatchObject({ val: 'failed' })
  })

  it('ends with the invocation, also where the stream is of the host and goes on', async () => {
    const cleanups: (() => void)[] = []
    const cancelled = Promise.withResolvers<void>()
    const endless = new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() })
    const invocation = { defer: (cleanup: () => void) => void cleanups.push(cleanup) }
    const draining = drain(invocation, endless, DISCARD, CODES)
    void drain(invocation, streamOf('x'), DISCARD, CODES)
    expect(cleanups).toHaveLength(1)
    for (const cleanup of cleanups) cleanup()
    await Promise.all([draining, cancelled.promise])
  })
})
