/**
 * Finds any of many needles in one pass (Aho-Corasick). Upper and lower case of ASCII are the same, and so are the two
 * alphabets of base64.
 *
 * Every byte is exactly one look into a table. A search that takes longer where a needle begins would reveal the
 * beginning of a secret to a guest with a clock, guess by guess.
 *
 * @module
 */

export interface Needle {
  /** ASCII. */
  readonly text: string
  /**
   * How many characters of base64 before and after it hold bits of the secret, when such are there.
   *
   * @default 0
   */
  readonly around?: { readonly before: number; readonly after: number } | undefined
}

/** A part of the searched text, in bytes. */
export interface Span {
  readonly start: number
  readonly end: number
}

const NOTHING_AROUND = { before: 0, after: 0 }

export class NeedleSet {
  /** Bytes that count as equal have one class; bytes that no needle has are class 0. */
  readonly #classes = new Uint8Array(256)
  readonly #width: number
  /** The next node by node and class. Node 0 is the root. */
  readonly #next: Uint16Array | Uint32Array
  /** The longest needle that ends at a node. */
  readonly #ends: (Needle | undefined)[] = [undefined]

  constructor(needles: readonly Needle[]) {
    const letters = new Set([...needles.map(({ text }) => text).join('')].map(foldedCode))
    this.#width = letters.size + 1
    const classOf = new Map([...letters].map((code, index) => [code, index + 1]))
    for (let byte = 0; byte < 256; byte++) {
      this.#classes[byte] = classOf.get(foldedCode(String.fromCharCode(byte))) ?? 0
    }
    const nodes = needles.reduce((sum, { text }) => sum + text.length, 1)
    const Row = nodes > MAX_UINT16 ? Uint32Array : Uint16Array
    this.#next = new Row(nodes * this.#width)
    for (const needle of needles) this.#add(needle)
    this.#link()
  }

  /** Every place where a needle is, by where it ends. */
  find(bytes: Uint8Array): Span[] {
    const classes = this.#classes
    const next = this.#next
    const ends = this.#ends
    const width = this.#width
    const found: Span[] = []
    let node = 0
    for (let at = 0; at < bytes.length; at++) {
      // Bytes, classes and nodes are in range.
      node = next[node * width + (classes[bytes[at] as number] as number)] as number
      const needle = ends[node]
      if (needle !== undefined) found.push(spanOf(needle, bytes, at + 1))
    }
    return found
  }

  #add(needle: Needle): void {
    let node = 0
    for (let at = 0; at < needle.text.length; at++) {
      const cell = node * this.#width + (this.#classes[needle.text.charCodeAt(at)] as number) // ASCII
      node = this.#next[cell] as number // In range
      if (node !== 0) continue
      node = this.#ends.push(undefined) - 1
      this.#next[cell] = node
    }
    if (node !== 0) this.#ends[node] = needle
  }

  /** Fills in failure links, shortest nodes first: to the longest suffix that is a node. */
  #link(): void {
    const suffixes = new Uint32Array(this.#ends.length)
    const queue = [0]
    // The queue grows while it is walked.
    for (const node of queue) {
      const suffix = suffixes[node] as number
      this.#ends[node] ??= this.#ends[suffix]
      for (let letter = 1; letter < this.#width; letter++) {
        const cell = node * this.#width + letter
        const child = this.#next[cell] as number
        const other = node === 0 ? 0 : (this.#next[suffix * this.#width + letter] as number)
        if (child === 0) {
          this.#next[cell] = other
        } else {
          suffixes[child] = other
          queue.push(child)
        }
      }
    }
  }
}

const MAX_UINT16 = 65_535

function foldedCode(character: string): number {
  const folded = character === '-' ? '+' : character === '_' ? '/' : character.toLowerCase()
  return folded.charCodeAt(0)
}

function spanOf({ text, around = NOTHING_AROUND }: Needle, bytes: Uint8Array, after: number): Span {
  let start = after - text.length
  let end = after
  for (let left = around.before; left > 0 && isBase64(bytes[start - 1]); left--) start--
  for (let left = around.after; left > 0 && isBase64(bytes[end]); left--) end++
  return { start, end }
}

function isBase64(byte: number | undefined): boolean {
  return byte !== undefined && /[A-Za-z0-9+/_-]/.test(String.fromCharCode(byte))
}
