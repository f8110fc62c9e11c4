/**
 * Reads a `.wast` file into its forms: lists of atoms, strings and lists, each with its place in the text.
 *
 * The syntax of components stays text: jco parses it.
 *
 * @module
 */

export interface Atom {
  readonly start: number
  readonly end: number
  /** As it is written; strings with their quotes. */
  readonly text: string
}

export interface List {
  readonly start: number
  readonly end: number
  readonly items: readonly Form[]
}

export type Form = Atom | List

// Space, comments, a parenthesis, a string, or an atom.
const TOKEN = /\s+|;;[^\n]*|\(;|[()]|"(?:[^"\\]|\\.)*"|(?:(?!;;)[^\s()"])+/gy
const STRING_PIECE = /\\u\{([0-9a-f_]+)\}|\\([0-9a-f]{2})|\\(.)|([^\\]+)/giu
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

/** @throws {SyntaxError} */
export function readForms(text: string): Form[] {
  const open: { readonly start: number; readonly items: Form[] }[] = []
  const all: Form[] = []
  const add = (form: Form): void => void (open.at(-1)?.items ?? all).push(form)
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex
    const [token] = TOKEN.exec(text) ?? []
    if (token === undefined) throw new SyntaxError(`Cannot read form at ${start}: no token`)
    const end = start + token.length
    if (token === '(;') TOKEN.lastIndex = endOfComment(text, end)
    else if (token === '(') open.push({ start, items: [] })
    else if (token === ')') {
      const list = open.pop()
      if (list === undefined) throw new SyntaxError(`Cannot read form at ${start}: not open`)
      add({ ...list, end })
    } else if (!/^(?:\s|;;)/.test(token)) add({ start, end, text: token })
  }
  return all
}

export function isList(form: Form | undefined): form is List {
  return form !== undefined && 'items' in form
}

/** The atoms of `list` from the second on until the first list. */
export function wordsOf(list: List): string[] {
  const words: string[] = []
  for (const item of list.items.slice(1)) {
    if (isList(item)) break
    words.push(item.text)
  }
  return words
}

/** The first word of a list. */
export function headOf(form: Form): string {
  const [first] = isList(form) ? form.items : [form]
  return first === undefined || isList(first) ? '' : first.text
}

/** The bytes that a string stands for. */
export function bytesOf(quoted: string): Uint8Array {
  const encoder = new TextEncoder()
  const bytes: number[] = []
  for (const [, point, byte, escaped, plain] of quoted.slice(1, -1).matchAll(STRING_PIECE)) {
    if (byte !== undefined) bytes.push(Number.parseInt(byte, 16))
    else {
      const written =
        point === undefined
          ? (plain ?? ESCAPES[escaped ?? ''] ?? escaped ?? '')
          : String.fromCodePoint(Number.parseInt(point.replaceAll('_', ''), 16))
      bytes.push(...encoder.encode(written))
    }
  }
  return Uint8Array.from(bytes)
}

export function textOf(form: Form | undefined): string {
  if (form === undefined || isList(form)) throw new SyntaxError('Cannot read string: a list')
  return new TextDecoder().decode(bytesOf(form.text))
}

function endOfComment(text: string, start: number): number {
  let depth = 1
  let at = start
  while (depth > 0 && at < text.length) {
    const two = text.slice(at, at + 2)
    if (two === '(;') depth++
    if (two === ';)') depth--
    at += two === '(;' || two === ';)' ? 2 : 1
  }
  return at
}
