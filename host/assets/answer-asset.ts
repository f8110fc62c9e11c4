/**
 * The answer to a request for a file: conditions, ranges and encodings of HTTP.
 *
 * @module
 */
import { chooseEncoding } from './accept-encoding.ts'
import type { AssetFile } from './asset-pack.ts'
import type { AssetRequest, FoundAsset } from './asset-table.ts'
import { contentType } from './content-type.ts'

/** The head of an answer, and which bytes of the pack follow it. */
export interface AssetAnswer {
  readonly status: 200 | 206 | 304 | 412 | 416
  /** Names in lower case and values in turn. */
  readonly fields: string[]
  /** Absent where no content follows. */
  readonly content?: { readonly start: number; readonly bytes: number }
}

const FRESH = 'public, max-age=0, must-revalidate'
const IMMUTABLE = 'public, max-age=31536000, immutable'
const RANGE = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/
// Of a hash: no two files of a site share as much.
const TAG_LETTERS = 32

export function answerAsset(
  found: Extract<FoundAsset, { state: 'file' }>,
  request: AssetRequest,
): AssetAnswer {
  const { file: plain, packed, isImmutable } = found
  const range = request.method === 'GET' ? request.header('range') : null
  // A part is one of the plain content: clients that ask for parts put them together.
  const offered = range === null ? [...packed.keys()] : []
  const encoding = chooseEncoding(request.header('accept-encoding'), offered)
  const file = (encoding && packed.get(encoding)) ?? plain
  const tag = `"${file.sha256.slice(0, TAG_LETTERS)}"`
  const fields = [
    'etag',
    tag,
    'last-modified',
    new Date(plain.modified * 1000).toUTCString(),
    'cache-control',
    isImmutable ? IMMUTABLE : FRESH,
  ]
  if (packed.size > 0) fields.push('vary', 'accept-encoding')
  const status = conditionOf(request, tag, plain.modified)
  if (status !== undefined) return { status, fields }
  fields.push('content-type', contentType(plain.path), 'x-content-type-options', 'nosniff')
  if (encoding !== undefined) fields.push('content-encoding', encoding)
  else fields.push('accept-ranges', 'bytes')
  return withContent(file, fields, holds(request, tag, plain.modified) ? range : null)
}

function withContent(file: AssetFile, fields: string[], range: string | null): AssetAnswer {
  const part = range === null ? undefined : partOf(range, file.bytes)
  if (part === 'none') {
    return { status: 416, fields: ['content-range', `bytes */${file.bytes}`] }
  }
  if (part === undefined) {
    fields.push('content-length', String(file.bytes))
    return { status: 200, fields, content: { start: file.start, bytes: file.bytes } }
  }
  const { first, last } = part
  const bytes = last - first + 1
  fields.push('content-range', `bytes ${first}-${last}/${file.bytes}`)
  fields.push('content-length', String(bytes))
  return { status: 206, fields, content: { start: file.start + first, bytes } }
}

/**
 * The one part that is asked for. Nothing for several, or what is no range: the whole answers that, which is allowed
 * (https://www.rfc-editor.org/rfc/rfc9110#section-14.2) and costs the host the least.
 */
function partOf(
  range: string,
  length: number,
): { first: number; last: number } | 'none' | undefined {
  const match = RANGE.exec(range.trim())
  if (match === null) return undefined
  const [, from, to = '', end] = match
  if (end !== undefined) {
    const bytes = Math.min(Number(end), length)
    return bytes === 0 ? 'none' : { first: length - bytes, last: length - 1 }
  }
  const first = Number(from)
  if (to !== '' && Number(to) < first) return undefined
  if (first >= length) return 'none'
  return { first, last: to === '' ? length - 1 : Math.min(Number(to), length - 1) }
}

/** In the order of https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2 */
function conditionOf(request: AssetRequest, tag: string, modified: number): 304 | 412 | undefined {
  const match = request.header('if-match')
  if (match !== null && !names(match, tag, false)) return 412
  if (match === null && isBefore(request.header('if-unmodified-since'), modified)) return 412
  const noneMatch = request.header('if-none-match')
  if (noneMatch !== null) return names(noneMatch, tag, true) ? 304 : undefined
  const since = dateOf(request.header('if-modified-since'))
  return since !== undefined && modified <= since ? 304 : undefined
}

function isBefore(value: string | null, modified: number): boolean {
  const date = dateOf(value)
  return date !== undefined && date < modified
}

/** In seconds; nothing where it is no date. */
function dateOf(value: string | null): number | undefined {
  if (value === null) return undefined
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.floor(date / 1000)
}

/** Whether `list` has `tag`. @param isWeak - whether a weak one will do */
function names(list: string, tag: string, isWeak: boolean): boolean {
  if (list.trim() === '*') return true
  // Ours have no comma.
  return list.split(',').some((each) => {
    const text = each.trim()
    return text === tag || (isWeak && text === `W/${tag}`)
  })
}

/** Whether a part may be of what the client has: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5 */
function holds(request: AssetRequest, tag: string, modified: number): boolean {
  const condition = request.header('if-range')
  if (condition === null) return true
  return condition.includes('"') ? condition.trim() === tag : dateOf(condition) === modified
}
