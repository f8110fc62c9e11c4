/**
 * Reads and writes `multipart/form-data` (RFC 7578; https://html.spec.whatwg.org/#multipart-form-data).
 *
 * Works on text with one character a byte, so that searching for a boundary is the engine's own `indexOf`.
 *
 * @module
 */

import { decodeLatin1, decodeUtf8 } from '../engine.ts'
import { randomBytes } from '../host.ts'
import { Blob, bytesOfBlob, File } from './blob.ts'
import { FormData } from './form-data.ts'

/** Parses `body`, whose parts `boundary` separates. Throws a `TypeError` when it is not a form. */
export function parseMultipart(body: Uint8Array, boundary: string | undefined): FormData {
  if (boundary === undefined) throw malformed('its content type has no boundary')
  const form = new FormData()
  // Each delimiter has a line break before it: for the first it is put there.
  const text = `\r\n${decodeLatin1(body)}`
  let delimiter = findDelimiter(text, boundary, 0)
  if (delimiter === undefined) throw malformed('its boundary is missing')
  while (!delimiter.isLast) {
    // The head of a part ends with an empty line, which is its first when it has no fields.
    const headEnd = text.indexOf('\r\n\r\n', delimiter.end - 2)
    const next = headEnd < 0 ? undefined : findDelimiter(text, boundary, headEnd + 2)
    if (next === undefined) throw malformed('a part does not end')
    // Offsets in `body` are two less.
    const content = body.subarray(headEnd + 2, Math.max(headEnd + 2, next.start - 2))
    append(form, text.slice(delimiter.end, headEnd), content)
    delimiter = next
  }
  return form
}

/** Returns `form` as bytes, with the content type that names its boundary. */
export function serializeMultipart(form: FormData): { source: Uint8Array; type: string } {
  const boundary = `----mayfly${[...randomBytes(16)].map((byte) => (byte % 36).toString(36)).join('')}`
  const parts: (string | Uint8Array<ArrayBuffer>)[] = []
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(withLineBreaks(name))}"`
    if (typeof value === 'string') {
      parts.push(`${head}\r\n\r\n${withLineBreaks(value)}\r\n`)
    } else {
      const type = value.type === '' ? 'application/octet-stream' : value.type
      parts.push(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`)
      parts.push(bytesOfBlob(value), '\r\n')
    }
  }
  parts.push(`--${boundary}--\r\n`)
  return {
    source: bytesOfBlob(new Blob(parts)),
    type: `multipart/form-data; boundary=${boundary}`,
  }
}

interface Delimiter {
  /** Where its line break begins. */
  readonly start: number
  /** Where the part behind it begins. */
  readonly end: number
  readonly isLast: boolean
}

/** The next line that is the boundary and nothing else: a longer line that begins like it is content. */
function findDelimiter(text: string, boundary: string, from: number): Delimiter | undefined {
  const line = `\r\n--${boundary}`
  for (let start = text.indexOf(line, from); start >= 0; start = text.indexOf(line, start + 2)) {
    let end = start + line.length
    if (text.startsWith('--', end)) return { start, end, isLast: true }
    while (text[end] === ' ' || text[end] === '\t') end++
    if (text.startsWith('\r\n', end)) return { start, end: end + 2, isLast: false }
  }
  return undefined
}

function append(form: FormData, head: string, content: Uint8Array): void {
  const parameters = dispositionOf(head)
  const name = parameters?.get('name')
  if (name === undefined) throw malformed('a part has no name')
  const fileName = parameters?.get('filename')
  if (fileName === undefined) {
    form.append(textOf(name), decodeUtf8(content))
    return
  }
  const type = /^content-type:[ \t]*(.*)$/im.exec(head)?.[1]?.trim() ?? 'text/plain'
  form.append(textOf(name), new File([content], textOf(fileName), { type }))
}

// A parameter at a time, so that what looks like one in quotes is not taken for one.
const PARAMETER = /[ \t]*;[ \t]*([^=;"\s]+)=(?:"([^"\r\n]*)"|([^;"\s]*))/y

/** The parameters of `content-disposition`, by name; nothing when it is not of a form. */
function dispositionOf(head: string): ReadonlyMap<string, string> | undefined {
  const line = /^content-disposition:[ \t]*form-data(?=[ \t;\r]|$)(.*)$/im.exec(head)?.[1]
  if (line === undefined) return undefined
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = 0
  for (;;) {
    const match = PARAMETER.exec(line)
    if (match === null) return parameters
    const [, name = '', quoted, bare = ''] = match
    const lower = name.toLowerCase()
    if (!parameters.has(lower)) parameters.set(lower, quoted ?? bare)
  }
}

/** The name that was written so: bytes of UTF-8, with line breaks and quotes escaped. */
function textOf(written: string): string {
  const raw = Uint8Array.from(written, (character) => character.charCodeAt(0))
  return decodeUtf8(raw).replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replace(/%22/g, '"')
}

function withLineBreaks(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n')
}

function escaped(text: string): string {
  return text.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22')
}

function malformed(reason: string): TypeError {
  return new TypeError(`Cannot read the body as a form: ${reason}`)
}
