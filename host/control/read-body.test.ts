import { describe, expect, it } from 'vitest'
import { readBody } from './read-body.ts'

/** A body of `chunks`, which then ends, or never does. */
function body(chunks: readonly number[], ends: boolean) {
  let cancelled = false
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const length of chunks) controller.enqueue(new Uint8Array(length).fill(1))
      if (ends) controller.close()
    },
    cancel() {
      cancelled = true
    },
  })
  return { stream, isCancelled: () => cancelled }
}

const PATIENT = { maxBytes: 5, timeoutMs: 60_000 }

describe('readBody()', () => {
  it('reads what is within its bounds', async () => {
    const { stream } = body([2, 3], true)
    expect(await readBody(stream, PATIENT)).toEqual({
      state: 'read',
      bytes: new Uint8Array(5).fill(1),
    })
  })

  it('gives up what is larger, and what does not come', async () => {
    const large = body([3, 3], false)
    expect(await readBody(large.stream, PATIENT)).toEqual({ state: 'too large' })
    const slow = body([3], false)
    expect(await readBody(slow.stream, { maxBytes: 5, timeoutMs: 10 })).toEqual({
      state: 'too slow',
    })
    expect([large.isCancelled(), slow.isCancelled()]).toEqual([true, true])
  })
})
