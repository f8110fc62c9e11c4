/**
 * `TextEncoderStream` and `TextDecoderStream`.
 *
 * @module
 */

import type { ReadableStream } from '../../web/readable-stream.ts'
import { TextDecoder, type TextDecoderOptions } from '../../web/text-decoder.ts'
import { TextEncoder } from '../../web/text-encoder.ts'
import { TransformStream } from './transform-stream.ts'
import type { WritableStream } from './writable-stream.ts'

export class TextEncoderStream {
  readonly encoding = 'utf-8'
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<string>

  constructor() {
    const encoder = new TextEncoder()
    let high = ''
    const pair = new TransformStream<string, Uint8Array>({
      transform(chunk, controller) {
        let text = high + String(chunk)
        // Half of a surrogate pair waits for the other half.
        high = /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : ''
        text = text.slice(0, text.length - high.length)
        if (text !== '') controller.enqueue(encoder.encode(text))
      },
      flush(controller) {
        if (high !== '') controller.enqueue(encoder.encode(high))
      },
    })
    this.readable = pair.readable
    this.writable = pair.writable
  }
}

export class TextDecoderStream {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  readonly readable: ReadableStream<string>
  readonly writable: WritableStream<ArrayBuffer | ArrayBufferView>

  constructor(label = 'utf-8', options: TextDecoderOptions = {}) {
    const decoder = new TextDecoder(label, options)
    const pair = new TransformStream<ArrayBuffer | ArrayBufferView, string>({
      transform(chunk: ArrayBuffer | ArrayBufferView | undefined, controller) {
        // For the decoder this is the absence of a chunk.
        if (chunk === undefined) throw new TypeError('Cannot decode text: the input is not bytes')
        const text = decoder.decode(chunk, { stream: true })
        if (text !== '') controller.enqueue(text)
      },
      flush(controller) {
        const text = decoder.decode()
        if (text !== '') controller.enqueue(text)
      },
    })
    this.encoding = decoder.encoding
    this.fatal = decoder.fatal
    this.ignoreBOM = decoder.ignoreBOM
    this.readable = pair.readable
    this.writable = pair.writable
  }
}
