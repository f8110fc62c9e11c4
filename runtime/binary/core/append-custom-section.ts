/**
 * Appends a custom section to a core module or a component: both binaries frame their sections alike.
 *
 * @module
 */
import { ByteWriter } from './byte-writer.ts'

const CUSTOM = 0

export function appendCustomSection(
  bytes: Uint8Array,
  name: string,
  contents: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const encodedName = new TextEncoder().encode(name)
  const body = new ByteWriter(encodedName.length + contents.length + 8)
  body.sized(encodedName)
  body.copy(contents)
  const out = new ByteWriter(bytes.length + contents.length + encodedName.length + 16)
  out.copy(bytes)
  out.byte(CUSTOM)
  out.sized(body.finish())
  return out.finish()
}
