/**
 * Which answers are compressed, and what becomes of their fields.
 *
 * An answer that says that it is encoded, a part of another or not to be changed is left as it is.
 *
 * @module
 */

/** Field names in lower case and values in turn. */
type Fields = readonly string[]

/** A smaller one fits a packet with its head. */
export const MIN_BYTES = 1_024

const TYPES =
  /^(?:text\/(?!event-stream\b)|application\/(?:[\w.-]+\+)?(?:json|xml|javascript|x-javascript|ndjson|jsonl|wasm|graphql|x-sh|sql|yaml|toml|manifest)\b|application\/[\w.-]+\+(?:json|xml|text)\b|image\/(?:svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)|font\/(?:ttf|otf|sfnt|collection)|model\/gltf\+json)/i
// It would not hold for other bytes, or says that there are others already.
const REFUSING: ReadonlySet<string> = new Set([
  'content-digest',
  'content-encoding',
  'content-md5',
  'content-range',
  'digest',
  'repr-digest',
  'signature',
  'trailer',
])
// https://www.rfc-editor.org/rfc/rfc9110#section-14.3: a part of what is sent cannot be asked for.
const LEFT_OUT: ReadonlySet<string> = new Set(['accept-ranges', 'content-length'])

/** Whether an answer with these fields may be compressed. */
export function isCompressible(status: number, fields: Fields): boolean {
  if (status < 200 || status === 204 || status === 205 || status === 206) return false
  if (status >= 300 && status < 400) return false
  let isText = false
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? ''
    if (REFUSING.has(name)) return false
    const value = fields[at + 1] ?? ''
    if (name === 'content-type') isText = TYPES.test(value)
    // https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.6
    else if (name === 'cache-control' && /\bno-transform\b/i.test(value)) return false
  }
  return isText
}

/** The fields of the same answer in this encoding; or those of the plain one, where a cache must keep them apart. */
export function encodedFields(fields: Fields, encoding: string | undefined): string[] {
  const encoded: string[] = []
  let varies = false
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? ''
    const value = fields[at + 1] ?? ''
    if (encoding !== undefined && LEFT_OUT.has(name)) continue
    if (name === 'vary') varies ||= /(?:^|[,\s])(?:\*|accept-encoding)(?:$|[,\s])/i.test(value)
    const isTag = name === 'etag' && encoding !== undefined
    encoded.push(name, isTag ? weak(value) : value)
  }
  if (encoding !== undefined) encoded.push('content-encoding', encoding)
  if (!varies) encoded.push('vary', 'accept-encoding')
  return encoded
}

/** Other bytes than those that a strong tag names: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1 */
function weak(tag: string): string {
  return tag.startsWith('W/') ? tag : `W/${tag}`
}
