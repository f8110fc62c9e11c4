/**
 * Reads and writes `multipart/form-data` (RFC 7578).
 *
 * Works on text with one character a byte, so that searching for a boundary is the engine's own `indexOf`.
 *
 * @module
 */

import { decodeLatin1, decodeUtf8 } from '../engine.ts'
import { randomBytes } from '../host.ts'
import { Blob, bytesOfBlob, File } from './blob.ts'
import { FormData } from './form-data.ts'

/** Parses `body` with the content type `type`. Throws a `TypeError` when it is not a form. */
export function parseMultipart(body: Uint8Array, type: string): FormData {
  const match = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type)
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) throw malformed('its content type has no boundary')
  const form = new FormData()
  const text = `\r\n${decodeLatin1(body)}`
  const delimiter = `\r\n--${boundary}`
  let at = text.indexOf(delimiter)
  if (at < 0) throw malformed('its boundary is missing')
  for (;;) {
    at += delimiter.length
    if (text.startsWith('--', at)) return form
    const headEnd = text.indexOf('\r\n\r\n', at)
    const partEnd = headEnd < 0 ? -1 : text.indexOf(delimiter, headEnd + 2)
    if (partEnd < 0) throw malformed('a part does not end')
    // Offsets in `body` are two less: the line break put before it is not there.
    const content = body.subarray(headEnd + 2, Math.max(headEnd + 2, partEnd - 2))
    append(form, text.slice(at, headEnd), content)
    at = partEnd
  }
}

/** Returns `form` as bytes, with the content type that names its boundary. */
export function serializeMultipart(form: FormData): { source: Uint8Array; type: string } {
  const boundary = `----mayfly${[...randomBytes(16)].map((byte) => (byte % 36).toString(36)).join('')}`
  const parts: (string | Uint8Array<ArrayBuffer>)[] = []
  for (const [name, value] of form) {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${quote(name)}"`
    if (typeof value === 'string') {
      parts.push(`${head}\r\n\r\n${value.replace(/\r\n|\r|\n/g, '\r\n')}\r\n`)
    } else {
      const type = value.type === '' ? 'application/octet-stream' : value.type
      parts.push(`${head}; filename="${quote(value.name)}"\r\ncontent-type: ${type}\r\n\r\n`)
      parts.push(bytesOfBlob(value), '\r\n')
    }
  }
  parts.push(`--${boundary}--\r\n`)
  return {
    source: bytesOfBlob(new Blob(parts)),
    type: `multipart/form-data; boundary=${boundary}`,
  }
}

function append(form: FormData, head: string, content: Uint8Array): void {
  const name = parameter(head, 'name')
  if (name === undefined) throw malformed('a part has no name')
  const fileName = parameter(head, 'filename')
  if (fileName === undefined) {
    form.append(name, decodeUtf8(content))
    return
  }
  const type = /^content-type:[ \t]*(.+)$/im.exec(head)?.[1]?.trim() ?? 'text/plain'
  form.append(name, new File([content], fileName, { type }))
}

function parameter(head: string, name: string): string | undefined {
  const line = /^content-disposition:.*$/im.exec(head)?.[0]
  const match = new RegExp(`;\\s*${name}="([^"]*)"`, 'i').exec(line ?? '')
  if (match?.[1] === undefined) return undefined
  const raw = Uint8Array.from(match[1], (character) => character.charCodeAt(0))
  return decodeUtf8(raw).replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replace(/%22/g, '"')
}

function quote(text: string): string {
  return text
    .replace(/\r\n|\r|\n/g, '\r\n')
    .replace(/\n/g, '%0A')
    .replace(/\r/g, '%0D')
    .replace(/"/g, '%22')
}

function malformed(reason: string): TypeError {
  return new TypeError(`Cannot read the body as a form: ${reason}`)
}
