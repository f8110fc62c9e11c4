/** `node:stream/consumers`: the whole of a stream, of either kind. @module */
import { Buffer } from './buffer.ts'

type Source = AsyncIterable<Uint8Array | string>

export async function bytes(source: Source): Promise<Uint8Array> {
  const parts: BlobPart[] = []
  for await (const part of source) parts.push(part as BlobPart)
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

export async function arrayBuffer(source: Source): Promise<ArrayBufferLike> {
  return (await bytes(source)).buffer
}

export async function blob(source: Source): Promise<Blob> {
  return new Blob([(await bytes(source)) as BlobPart])
}

export async function buffer(source: Source): Promise<unknown> {
  return Buffer.from(await bytes(source))
}

export async function text(source: Source): Promise<string> {
  return new TextDecoder().decode(await bytes(source))
}

export async function json(source: Source): Promise<unknown> {
  return JSON.parse(await text(source))
}

export default { arrayBuffer, blob, buffer, bytes, json, text }
