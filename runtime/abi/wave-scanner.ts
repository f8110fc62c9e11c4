/**
 * The lexical half of WAVE: words, quoted text, punctuation, and where something else was found.
 *
 * @module
 */

/** A part of a WAVE text that does not fit, with its place. */
export class WaveError extends Error {
  override readonly name = 'WaveError'
  /** Where in the value: `left`, `.port`, `[3]`. */
  readonly path: string
  readonly expected: string
  readonly actual: string

  constructor(path: string, expected: string, actual: string, offset: number) {
    super(`expected ${expected}, got ${actual} at character ${offset}`)
    this.path = path
    this.expected = expected
    this.actual = actual
  }
}

const SPACE = /(?:\s|\/\/[^\n]*)*/y
const WORD = /%?[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z][A-Za-z0-9]*)*/y
const ESCAPE = /\\(?:u\{([0-9a-fA-F]{1,6})\}|([\\'"tnr]))/y
const ESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r' }
const SHOWN_CHARACTERS = 20

export class WaveScanner {
  readonly #text: string
  #offset: number
  #path: readonly string[] = []

  constructor(text: string, offset = 0) {
    this.#text = text
    this.#offset = offset
  }

  /** Reads a part of a value: an error in it has `segment` in its path. */
  within<Value>(segment: string, part: () => Value): Value {
    const outer = this.#path
    this.#path = [...outer, segment]
    const value = part()
    this.#path = outer
    return value
  }

  /** Whether `mark` comes next. It is taken then. */
  takes(mark: string): boolean {
    if (!this.sees(mark)) return false
    this.#offset += mark.length
    return true
  }

  sees(mark: string): boolean {
    this.#skip(SPACE)
    return this.#text.startsWith(mark, this.#offset)
  }

  /** @throws {WaveError} when something else comes next */
  expect(mark: string): void {
    if (!this.takes(mark)) this.expected(`"${mark}"`)
  }

  /** Whether `word` comes next as a keyword of WAVE, not as a name. */
  seesKeyword(word: string): boolean {
    this.#skip(SPACE)
    return this.#at(WORD)?.[0] === word
  }

  peekWord(): string | undefined {
    this.#skip(SPACE)
    return this.#at(WORD)?.[0].replace('%', '')
  }

  /** A word of WIT. A word that is a keyword of WAVE may have `%` before it. */
  word(): string {
    this.#skip(SPACE)
    const word = this.#skip(WORD) ?? this.expected('a name')
    return word.replace('%', '')
  }

  /** @param pattern - sticky */
  match(pattern: RegExp): string | undefined {
    this.#skip(SPACE)
    return this.#skip(pattern)
  }

  char(): string {
    if (!this.takes("'")) return this.expected('char')
    const char = this.#character("'")
    if (char === undefined) return this.expected('one character')
    if (!this.#text.startsWith("'", this.#offset)) return this.expected(`"'" after one character`)
    this.#offset++
    return char
  }

  /** In double quotes, or in three of them over several lines. */
  string(): string {
    if (this.sees('"""')) return this.#lines()
    if (!this.takes('"')) return this.expected('string')
    return this.#quoted('"')
  }

  /** @throws {WaveError} when anything is left */
  end(): void {
    this.#skip(SPACE)
    if (this.#offset < this.#text.length) this.expected('nothing more')
  }

  /** @throws {WaveError} always */
  expected(what: string, actual: string = this.#shown()): never {
    throw new WaveError(this.#path.join(''), what, actual, this.#offset)
  }

  #lines(): string {
    this.#offset += 3
    if (this.#skip(/\r?\n/y) === undefined) return this.expected('a line break after """')
    const lines = this.#quoted('"""').split('\n')
    const indent = lines.pop() ?? ''
    if (!/^[ \t]*$/.test(indent)) return this.expected('""" on a line of its own')
    return lines
      .map((line) => {
        if (line.startsWith(indent)) return line.slice(indent.length)
        return line === '' ? line : this.expected('lines indented as the closing """')
      })
      .join('\n')
  }

  #quoted(mark: string): string {
    const parts: string[] = []
    while (!this.#text.startsWith(mark, this.#offset)) {
      const part = this.#character(mark)
      if (part === undefined) return this.expected(`closing ${mark}`)
      parts.push(part)
    }
    this.#offset += mark.length
    return parts.join('')
  }

  /** One scalar value, escaped or not; `undefined` at the end of the text or at the closing `mark`. */
  #character(mark: string): string | undefined {
    const point = this.#text.codePointAt(this.#offset)
    const plain = point === undefined ? '' : String.fromCodePoint(point)
    if (plain === '' || plain === mark || (plain === '\n' && mark !== '"""')) return undefined
    if (plain !== '\\') {
      if (!plain.isWellFormed()) return this.expected('a character', 'half of a surrogate pair')
      this.#offset += plain.length
      return plain
    }
    const escape = this.#at(ESCAPE)
    if (escape === undefined) return this.expected('an escape such as \\n or \\u{1f41d}')
    const [all, code, simple = ''] = escape
    this.#offset += all.length
    if (code === undefined) return ESCAPED[simple] ?? simple
    const value = Number.parseInt(code, 16)
    const isScalar = value <= 0x10ffff && (value < 0xd800 || value > 0xdfff)
    return isScalar ? String.fromCodePoint(value) : this.expected('a Unicode scalar value', all)
  }

  #shown(): string {
    this.#skip(SPACE)
    const rest = this.#text.slice(this.#offset, this.#offset + SHOWN_CHARACTERS)
    return rest === '' ? 'the end' : JSON.stringify(rest)
  }

  #at(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#offset
    return pattern.exec(this.#text) ?? undefined
  }

  #skip(pattern: RegExp): string | undefined {
    const [found] = this.#at(pattern) ?? []
    this.#offset += found?.length ?? 0
    return found
  }
}
