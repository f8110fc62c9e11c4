import { describe, expect, it } from 'vitest'
import { withWholeUpload } from './whole-upload.ts'

const request = { method: 'POST', url: 'http://up.test/', headers: [], body: new Uint8Array(0) }
const OK = { tag: 'ok', val: undefined }

/** An upload of chunks of so many bytes. */
function upload(sizes: readonly number[], end: unknown = OK) {
  const cancelled = Promise.withResolvers<void>()
  const left = [...sizes]
  const bytes = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const size = left.shift()
        if (size === undefined) controller.close()
        else controller.enqueue(new Uint8Array(size).fill(size & 255))
      },
      cancel: () => cancelled.resolve(),
    },
    { highWaterMark: 0 },
  )
  return { given: { bytes, end: Promise.resolve(end) }, cancelled: cancelled.promise }
}

describe('withWholeUpload()', () => {
  it('makes the stream the body of the request', async () => {
    const { given } = upload([1, 2])
    expect(await withWholeUpload([request, given, 'follow'], undefined)).toEqual([
      { ...request, body: new Uint8Array([1, 2, 2]) },
      undefined,
      'follow',
    ])
  })

  it('takes 1 MiB and no more, and reads no further then', async () => {
    const chunk = 65_536
    const fits = upload(Array(16).fill(chunk))
    const [{ body }] = (await withWholeUpload([request, fits.given, 'follow'], undefined)) as [
      { body: Uint8Array },
    ]
    expect(body).toHaveLength(1_048_576)
    const { given, cancelled } = upload(Array(17).fill(chunk))
    await expect(withWholeUpload([request, given, 'follow'], undefined)).rejects.toMatchObject({
      payload: 'limited',
    })
    await cancelled
  })

  it('is unavailable where the guest gives it up', async () => {
    const { given } = upload([1], { tag: 'err', val: 'unavailable' })
    await expect(withWholeUpload([request, given, 'follow'], undefined)).rejects.toMatchObject({
      payload: 'unavailable',
    })
  })

  it('is malformed beside another body', async () => {
    const { given, cancelled } = upload([1])
    const both = { ...request, body: new Uint8Array(1) }
    await expect(withWholeUpload([both, given, 'follow'], undefined)).rejects.toMatchObject({
      payload: 'malformed',
    })
    await cancelled
  })

  it('is cancelled with the request', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const bytes = new ReadableStream<Uint8Array>({ cancel: () => resolve() })
    const gone = new AbortController()
    const given = { bytes, end: new Promise(() => {}) }
    void withWholeUpload([request, given, 'follow'], gone.signal).catch(() => {})
    gone.abort()
    await promise
  })
})
