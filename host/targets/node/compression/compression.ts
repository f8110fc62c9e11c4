/**
 * Compresses answers for clients that take it.
 *
 * A thread compresses a bounded number at once. What comes beyond it leaves as it is: compression saves bytes, and must
 * take neither memory nor time from others.
 *
 * @module
 */
import { fieldOf, responseOf, WholeAnswer, type Answer } from '../../../../runtime/agents/index.ts'
import { hasTrailers } from '../../../../runtime/host-module/index.ts'
import { chooseEncoding, type Encoding } from '../../../assets/index.ts'
import type { EncodedRequest } from '../../../app/index.ts'
import { encodedFields, isCompressible, MIN_BYTES } from './compressible.ts'
import { pack, Packer } from './packer.ts'

// The threads of Node for such work are four. What waits for them holds its answer in memory.
const MAX_WHOLE = 16
// Each holds a megabyte at most.
const MAX_STREAMS = 64
// Beyond it, a single answer would hold a thread for half a second.
const MAX_WHOLE_BYTES = 4 * 1024 * 1024
// The quickest first, of those that a client weighs alike.
const OFFERED: readonly Encoding[] = ['zstd', 'br', 'gzip']

/** The compression of the answers of one thread. */
export class Compression {
  #whole = 0
  #streams = 0

  /** Returns `answer` as it is to be sent. */
  readonly encode = (answer: Answer, request: EncodedRequest): Answer | Promise<Answer> =>
    answer instanceof WholeAnswer
      ? this.#encodeWhole(answer, request)
      : this.#encodeStream(answer, request)

  #encodeWhole(answer: WholeAnswer, { method, accept }: EncodedRequest): Answer | Promise<Answer> {
    const { status, fields, body } = answer
    const isHead = method === 'HEAD'
    if (!isHead && (body === null || body.byteLength < MIN_BYTES)) return answer
    if (isHead && Number(fieldOf(fields, 'content-length') ?? MIN_BYTES) < MIN_BYTES) return answer
    if (!isCompressible(status, fields)) return answer
    const encoding = chooseEncoding(accept, OFFERED)
    const plain = new WholeAnswer(status, encodedFields(fields, undefined), body)
    if (encoding === undefined) return plain
    // As the answer to GET would be, and without its length, which is not known.
    if (body === null) return new WholeAnswer(status, encodedFields(fields, encoding), null)
    if (this.#whole >= MAX_WHOLE || body.byteLength > MAX_WHOLE_BYTES) return plain
    this.#whole++
    return pack(body, encoding)
      .then((packed) =>
        packed.byteLength < body.byteLength
          ? new WholeAnswer(status, encodedFields(fields, encoding), packed)
          : plain,
      )
      .finally(() => this.#whole--)
  }

  #encodeStream(response: Response, { method, accept }: EncodedRequest): Response {
    const { status, headers } = response
    if (status >= 400 || hasTrailers(response)) return response
    const length = headers.get('content-length')
    if (length !== null && Number(length) < MIN_BYTES) return response
    const fields = [...headers].flat()
    if (!isCompressible(status, fields)) return response
    const encoding = chooseEncoding(accept, OFFERED)
    const isFull = this.#streams >= MAX_STREAMS && method !== 'HEAD'
    const used = isFull ? undefined : encoding
    const { body } = response
    const sent = body === null || used === undefined ? body : this.#packed(body, used)
    return responseOf(status, encodedFields(fields, used), sent)
  }

  #packed(
    source: ReadableStream<Uint8Array>,
    encoding: Encoding,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const reader = source.getReader()
    const packer = new Packer(encoding)
    this.#streams++
    let isOpen = true
    const end = (): void => {
      if (!isOpen) return
      isOpen = false
      this.#streams--
      packer.close()
    }
    return new ReadableStream(
      {
        pull: async (controller) => {
          try {
            for (;;) {
              const { done, value } = await reader.read()
              const packed = done ? await packer.end() : await packer.push(value)
              // The DOM's types know no bytes of a buffer that might be shared; these are not.
              if (packed.byteLength > 0 && isOpen)
                controller.enqueue(packed as Uint8Array<ArrayBuffer>)
              if (done && isOpen) {
                controller.close()
                end()
              }
              if (done || packed.byteLength > 0) return
            }
          } catch (error) {
            end()
            // What has been sent must not look whole.
            controller.error(error)
            reader.cancel(error).catch(() => {})
          }
        },
        cancel(reason) {
          end()
          return reader.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
  }
}
