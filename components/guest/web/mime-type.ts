/**
 * Media types, as https://mimesniff.spec.whatwg.org/#parsing-a-mime-type reads and writes them.
 *
 * @module
 */

export interface MimeType {
  /** `text/plain`, in lower case. */
  readonly essence: string
  /** By name, in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const QUOTED_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/
const OUTER_SPACE = /^[\t\n\r ]+|[\t\n\r ]+$/g
// One parameter with its semicolon: a name and, in quotes or bare, its value. What follows the quotes is passed over.
const PARAMETER = /;[\t\n\r ]*([^;=]*)(?:=(?:"((?:[^"\\]|\\[^])*)(?:"|\\?$)[^;]*|([^;]*)))?/y

/** Reads `text`. Returns nothing when it is not a media type. */
export function parseMimeType(text: string): MimeType | undefined {
  const trimmed = text.replace(OUTER_SPACE, '')
  const end = trimmed.indexOf(';')
  const essence = (end < 0 ? trimmed : trimmed.slice(0, end)).replace(OUTER_SPACE, '')
  const slash = essence.indexOf('/')
  if (slash < 0 || !TOKEN.test(essence.slice(0, slash)) || !TOKEN.test(essence.slice(slash + 1)))
    return undefined
  return { essence: essence.toLowerCase(), parameters: end < 0 ? NONE : readAll(trimmed, end) }
}

/** Writes `type` as text. */
export function formatMimeType({ essence, parameters }: MimeType): string {
  let text = essence
  for (const [name, value] of parameters) {
    text += `;${name}=${TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`
  }
  return text
}

const NONE: ReadonlyMap<string, string> = new Map()

function readAll(text: string, start: number): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = start
  for (;;) {
    const match = PARAMETER.exec(text)
    if (match === null) return parameters
    const [, name = '', quoted, bare] = match
    const value = quoted === undefined ? bare?.replace(OUTER_SPACE, '') : unescaped(quoted)
    // A bare value has at least one character.
    if (value === undefined || (value === '' && quoted === undefined)) continue
    const lower = name.toLowerCase()
    if (!TOKEN.test(lower) || !QUOTED_TEXT.test(value) || parameters.has(lower)) continue
    parameters.set(lower, value)
  }
}

function unescaped(quoted: string): string {
  return quoted.includes('\\') ? quoted.replace(/\\([^])/g, '$1') : quoted
}
