/** ReadableStream, WritableStream, TransformStream. @module */
import type { Cases } from './case.ts'

function streamOf<T>(...chunks: T[]): ReadableStream<T> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

async function collect<T>(stream: ReadableStream<T>): Promise<T[]> {
  const chunks: T[] = []
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return chunks
    chunks.push(value)
  }
}

export const streamCases: Cases = {
  'ReadableStream pulls one ahead': async () => {
    const log: string[] = []
    let next = 0
    const stream = new ReadableStream<number>({
      pull(controller) {
        log.push(`pull ${next}`)
        controller.enqueue(next++)
        if (next === 3) controller.close()
      },
    })
    await new Promise((resolve) => setTimeout(resolve, 1))
    log.push('read')
    return [await collect(stream), log]
  },
  'ReadableStream.desiredSize': () => {
    const sizes: (number | null)[] = []
    const stream = new ReadableStream(
      {
        start(controller) {
          sizes.push(controller.desiredSize)
          controller.enqueue('a')
          sizes.push(controller.desiredSize)
          controller.close()
          sizes.push(controller.desiredSize)
        },
      },
      { highWaterMark: 3 },
    )
    return [sizes, stream.locked]
  },
  'ReadableStream can be iterated': async () => {
    const seen: string[] = []
    for await (const chunk of streamOf('a', 'b') as unknown as AsyncIterable<string>) {
      seen.push(chunk)
    }
    return seen
  },
  'ReadableStream iteration that stops cancels': async () => {
    let reason: unknown = 'none'
    const stream = new ReadableStream<number>({
      pull: (controller) => controller.enqueue(1),
      cancel: (given) => void (reason = given ?? 'cancelled'),
    })
    for await (const _ of stream as unknown as AsyncIterable<number>) break
    return [reason, stream.locked]
  },
  'ReadableStream that errs': async () => {
    const stream = new ReadableStream({ start: (controller) => controller.error(new RangeError()) })
    await stream.getReader().read()
  },
  'ReadableStream whose pull throws': () =>
    collect(
      new ReadableStream({
        pull: () => {
          throw new RangeError()
        },
      }),
    ),
  'ReadableStream locked twice': () => {
    const stream = streamOf(1)
    stream.getReader()
    stream.getReader()
  },
  'ReadableStream enqueue after close': () =>
    new ReadableStream({
      start(controller) {
        controller.close()
        controller.enqueue(1)
      },
    }),
  'ReadableStream.cancel': async () => {
    let reason: unknown
    const stream = new ReadableStream({ cancel: (given) => void (reason = given) })
    const reader = stream.getReader()
    await reader.cancel('why')
    return [reason, await reader.read(), await reader.closed]
  },
  'ReadableStream reader released': async () => {
    const stream = streamOf('a', 'b')
    const first = stream.getReader()
    await first.read()
    first.releaseLock()
    return [stream.locked, await collect(stream)]
  },
  'ReadableStream.tee': async () => {
    const [a, b] = streamOf(1, 2, 3).tee()
    return [await collect(a), await collect(b)]
  },
  'ReadableStream.tee cancelled on both sides': async () => {
    let reason: unknown
    const stream = new ReadableStream({ cancel: (given) => void (reason = given) })
    const [a, b] = stream.tee()
    await Promise.all([a.cancel('x'), b.cancel('y')])
    return reason
  },
  'ReadableStream.pipeThrough': () =>
    collect(
      streamOf(1, 2, 3).pipeThrough(
        new TransformStream<number, number>({
          transform(chunk, controller) {
            controller.enqueue(chunk * 2)
            if (chunk === 2) controller.enqueue(0)
          },
          flush: (controller) => controller.enqueue(-1),
        }),
      ),
    ),
  'ReadableStream.pipeThrough an identity': () =>
    collect(streamOf('a', 'b').pipeThrough(new TransformStream())),
  'ReadableStream.pipeThrough that throws': () =>
    collect(
      streamOf(1).pipeThrough(
        new TransformStream({
          transform() {
            throw new RangeError()
          },
        }),
      ),
    ),
  'ReadableStream.pipeTo': async () => {
    const log: unknown[] = []
    await streamOf(1, 2).pipeTo(
      new WritableStream({
        start: () => void log.push('start'),
        write: (chunk) => void log.push(chunk),
        close: () => void log.push('close'),
      }),
    )
    return log
  },
  'ReadableStream.pipeTo from one that errs': async () => {
    const log: unknown[] = []
    const stream = new ReadableStream({ start: (controller) => controller.error(new RangeError()) })
    const target = new WritableStream({ abort: (reason: Error) => void log.push(reason.name) })
    await stream.pipeTo(target).catch((error: Error) => log.push(error.name))
    return log
  },
  'ReadableStream.pipeTo into one that errs': async () => {
    const log: unknown[] = []
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(1),
      cancel: (reason: Error) => void log.push(reason.name),
    })
    const target = new WritableStream({
      write() {
        throw new RangeError()
      },
    })
    await stream.pipeTo(target).catch((error: Error) => log.push(error.name))
    return log
  },
  'WritableStream writes one after the other': async () => {
    const log: string[] = []
    const stream = new WritableStream<string>({
      async write(chunk) {
        log.push(`begin ${chunk}`)
        await new Promise((resolve) => setTimeout(resolve, 1))
        log.push(`end ${chunk}`)
      },
    })
    const writer = stream.getWriter()
    const sizes = [writer.desiredSize]
    void writer.write('a')
    sizes.push(writer.desiredSize)
    void writer.write('b')
    sizes.push(writer.desiredSize)
    await writer.ready
    await writer.close()
    return [log, sizes, stream.locked]
  },
  'WritableStream write after close': async () => {
    const writer = new WritableStream().getWriter()
    await writer.close()
    await writer.write(1)
  },
  'WritableStream.abort': async () => {
    let reason: unknown
    const writer = new WritableStream({ abort: (given) => void (reason = given) }).getWriter()
    await writer.abort('why')
    return [reason, await writer.closed.catch((error: unknown) => error)]
  },
  'TransformStream by hand': async () => {
    const { readable, writable } = new TransformStream<string, string>()
    const writer = writable.getWriter()
    const written = (async () => {
      await writer.write('a')
      await writer.write('b')
      await writer.close()
    })()
    const chunks = await collect(readable)
    await written
    return chunks
  },
  'TextEncoderStream and TextDecoderStream': async () => {
    const source = streamOf('ä', '\ud83d', '\ude00')
    const bytes = source.pipeThrough(new TextEncoderStream())
    return (await collect(bytes.pipeThrough(new TextDecoderStream()))).join('')
  },
  'tee: a half is cancelled when the other has read all': async () => {
    const [one, other] = new Blob(['text']).stream().tee()
    const text = await new Response(other).text()
    return [text, (await one.cancel()) ?? null]
  },
}
