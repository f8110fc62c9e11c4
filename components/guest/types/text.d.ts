/** Text as bytes, and bytes as text. @module */

interface TextDecoderOptions {
  fatal?: boolean
  ignoreBOM?: boolean
}
interface TextDecodeOptions {
  stream?: boolean
}
interface TextDecoderCommon {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean
}
interface TextDecoder extends TextDecoderCommon {
  decode(input?: ArrayBufferLike | ArrayBufferView, options?: TextDecodeOptions): string
}
declare var TextDecoder: {
  prototype: TextDecoder
  new (label?: string, options?: TextDecoderOptions): TextDecoder
}

interface TextEncoderEncodeIntoResult {
  read: number
  written: number
}
interface TextEncoder {
  readonly encoding: string
  encode(input?: string): Uint8Array<ArrayBuffer>
  encodeInto(source: string, destination: Uint8Array): TextEncoderEncodeIntoResult
}
declare var TextEncoder: { prototype: TextEncoder; new (): TextEncoder }

interface TextDecoderStream extends TextDecoderCommon {
  readonly readable: ReadableStream<string>
  readonly writable: WritableStream<BufferSource>
}
declare var TextDecoderStream: {
  prototype: TextDecoderStream
  new (label?: string, options?: TextDecoderOptions): TextDecoderStream
}
interface TextEncoderStream {
  readonly encoding: string
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly writable: WritableStream<string>
}
declare var TextEncoderStream: { prototype: TextEncoderStream; new (): TextEncoderStream }

/** Base64 of a text of bytes. */
declare function btoa(text: string): string
declare function atob(base64: string): string
