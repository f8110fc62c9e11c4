/**
 * The content of a `data:` URL, as https://fetch.spec.whatwg.org/#data-url-processor reads it.
 *
 * @module
 */

import { decodeLatin1 } from '../engine.ts'
import { formatMimeType, parseMimeType } from './mime-type.ts'
import { percentDecode } from './url-percent.ts'

export interface DataUrlContent {
  /** Its media type. */
  readonly type: string
  readonly body: Uint8Array
}

const BASE64 = /; *base64$/i

/** Reads `url`, which begins with `data:` and has no fragment. Returns nothing when it is malformed. */
export function readDataUrl(url: string): DataUrlContent | undefined {
  const comma = url.indexOf(',')
  if (comma < 0) return undefined
  const given = url.slice('data:'.length, comma).replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '')
  const isBase64 = BASE64.test(given)
  const decoded = percentDecode(url.slice(comma + 1))
  const body = isBase64 ? fromBase64(decodeLatin1(decoded)) : decoded
  if (body === undefined) return undefined
  const type = isBase64 ? given.replace(BASE64, '') : given
  const mime = parseMimeType(type.startsWith(';') ? `text/plain${type}` : type)
  return { type: mime === undefined ? 'text/plain;charset=US-ASCII' : formatMimeType(mime), body }
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
