import { describe, expect, it } from 'vitest'
import { GuestError } from '../../host-module/index.ts'
import { BytePipe } from './byte-pipe.ts'
import { lineSink, sinkOf } from './byte-sink.ts'
import { EMPTY_SOURCE, ReadableSource } from './byte-source.ts'
import { InputStream } from './input-stream.ts'
import { failed } from './io-error.ts'
import { wasiIo } from './io.ts'
import { OutputStream } from './output-stream.ts'
import { ALWAYS_READY, poll, Pollable } from './pollable.ts'

const CLOSED = new GuestError({ tag: 'closed' })
const encoder = new TextEncoder()

function source(...chunks: string[]): ReadableSource {
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks.shift()
      if (chunk === undefined) controller.close()
      else if (chunk === 'error') controller.error(new Error('broken'))
      else controller.enqueue(encoder.encode(chunk))
    },
  })
  return new ReadableSource(stream, { onError: () => failed('broken') })
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

describe('InputStream', () => {
  it('read() returns nothing yet, then what there is, then closed', async () => {
    const stream = new InputStream(source('abc'))
    expect(stream.read(2n)).toHaveLength(0)
    await stream.subscribe().block()
    expect(text(stream.read(2n))).toBe('ab')
    expect(text(stream.read(2n ** 64n - 1n))).toBe('c')
    await stream.subscribe().block()
    expect(() => stream.read(1n)).toThrow(CLOSED)
  })

  it('blockingRead() waits with a promise, and only when it must', async () => {
    const stream = new InputStream(source('abc', 'd'))
    const waiting = stream.blockingRead(2n)
    expect(waiting).toBeInstanceOf(Promise)
    expect(text(await waiting)).toBe('ab')
    expect(stream.blockingRead(9n)).toEqual(encoder.encode('c'))
    expect(await stream.blockingSkip(9n)).toBe(1n)
    await expect(stream.blockingRead(1n)).rejects.toEqual(CLOSED)
  })

  it('fails with an error that tells the guest what was chosen for it', async () => {
    const stream = new InputStream(source('error'))
    const error: unknown = await Promise.resolve(stream.blockingRead(1n)).catch((thrown) => thrown)
    expect(error).toMatchObject({ payload: { tag: 'last-operation-failed' } })
    expect(
      (error as GuestError<{ val: { toDebugString(): string } }>).payload.val.toDebugString(),
    ).toBe('broken')
  })

  it('is at its end when it is empty', () => {
    expect(() => new InputStream(EMPTY_SOURCE).read(1n)).toThrow(CLOSED)
  })
})

describe('OutputStream', () => {
  it('keeps to what check-write allows, and waits until there is room', async () => {
    const pipe = new BytePipe()
    const stream = new OutputStream(pipe)
    expect(stream.checkWrite()).toBe(65_536n)
    stream.write(new Uint8Array(65_536))
    expect(stream.checkWrite()).toBe(0n)
    expect(() => stream.write(new Uint8Array(1))).toThrow(RangeError)
    const flushing = stream.blockingFlush()
    expect(flushing).toBeInstanceOf(Promise)
    await pipe.readable.getReader().read()
    await flushing
    expect(stream.checkWrite()).toBe(65_536n)
  })

  it('blockingWriteAndFlush() writes what does not fit in parts', async () => {
    const pipe = new BytePipe()
    const writing = new OutputStream(pipe).blockingWriteAndFlush(new Uint8Array(200_000).fill(7))
    const reader = pipe.readable.getReader()
    let received = 0
    while (received < 200_000) received += (await reader.read()).value?.byteLength ?? 0
    await writing
    expect(received).toBe(200_000)
  })

  it('splices and writes zeroes', async () => {
    const parts: Uint8Array[] = []
    const stream = new OutputStream(sinkOf((bytes) => parts.push(bytes)))
    expect(await stream.blockingSplice(new InputStream(source('abcd')), 3n)).toBe(3n)
    stream.writeZeroes(2n)
    await stream.blockingWriteZeroesAndFlush(70_000n)
    expect(parts.map(({ byteLength }) => byteLength)).toEqual([3, 2, 65_536, 4464])
  })

  it('refuses what is no list of bytes, whatever a guest declared', () => {
    const stream = new OutputStream(sinkOf(() => {}))
    expect(() => stream.write('text' as never)).toThrow(TypeError)
  })
})

describe('lineSink()', () => {
  it('writes a line a line, the last without a newline', () => {
    const lines: string[] = []
    const { sink, end } = lineSink((line) => lines.push(line))
    for (const part of ['a', 'b\n\nc', '\n', 'é'.repeat(2)]) sink.write(encoder.encode(part))
    end()
    expect(lines).toEqual(['ab', '', 'c', 'éé'])
  })

  it('cuts a line that never ends', () => {
    const lines: string[] = []
    const { sink } = lineSink((line) => lines.push(line))
    sink.write(new Uint8Array(10_000).fill(97))
    expect(lines).toHaveLength(1)
  })
})

describe('poll()', () => {
  const never = new Pollable({ ready: () => false, wait: () => new Promise(() => {}) })

  it('returns those that are ready without waiting', () => {
    expect(poll([never, new Pollable(ALWAYS_READY)])).toEqual([1])
  })

  it('waits for the first', async () => {
    let ready = false
    const later = new Pollable({
      ready: () => ready,
      wait: async () => {
        ready = true
      },
    })
    expect(await poll([never, later])).toEqual([1])
  })

  it('refuses to wait for nothing', () => {
    expect(() => poll([])).toThrow(TypeError)
  })
})

describe('wasiIo()', () => {
  it('hands out no class that a guest could construct', async () => {
    const configured = await wasiIo().configure({ agent: 'a', grant: undefined })
    // Nothing of an invocation is used.
    for (const members of Object.values(configured.prepare({} as never)))
      for (const [name, member] of Object.entries(members))
        if (name !== 'poll')
          expect(() => Reflect.construct(member, [{ ready: () => true }])).toThrow(TypeError)
  })
})
