/**
 * Takes secrets out of what comes back from outside: whoever was sent one may echo it.
 *
 * A secret is found as it is and in the encodings that echoes come in, and is replaced by as many stars, so
 * that lengths and offsets stay true. In a stream it is found across chunks: bytes that may be the beginning of
 * a secret are held back until the next chunk says whether they are.
 *
 * What a server does on purpose, such as sending a secret backwards, is not found. It has the secret anyway.
 *
 * @module
 */

export class Redactor {
  readonly #needles: readonly Uint8Array[]
  readonly #names: readonly string[]
  /** 1 for a byte that some needle begins with. */
  readonly #beginnings = new Uint8Array(256)
  readonly #longest: number

  constructor(secrets: readonly string[]) {
    const spellings = new Set(secrets.flatMap(spellingsOf))
    this.#needles = [...spellings].map((text) => new TextEncoder().encode(text))
    this.#names = secrets.map((secret) => secret.toLowerCase())
    this.#longest = Math.max(0, ...this.#needles.map(({ length }) => length))
    for (const [first = 0] of this.#needles) this.#beginnings[first] = 1
  }

  /** `text` with stars for secrets. */
  text(text: string): string {
    const bytes = new TextEncoder().encode(text)
    const found = this.#find(bytes)
    if (found.length === 0) return text
    mask(bytes, found)
    return new TextDecoder().decode(bytes)
  }

  /** Whether a header is named like a secret: names come in lower case, whatever was sent. */
  isSecretName(name: string): boolean {
    return this.#names.some((secret) => name.includes(secret))
  }

  stream(): TransformStream<Uint8Array, Uint8Array> {
    let held: Uint8Array<ArrayBuffer> = new Uint8Array(0)
    /** How many of the bytes held belong to a secret that began before them. */
    let starred = 0
    return new TransformStream({
      transform: (chunk, controller) => {
        const bytes = new Uint8Array(held.length + chunk.length)
        bytes.set(held)
        bytes.set(chunk, held.length)
        const found = [...this.#find(bytes), { start: 0, end: starred }]
        const whole = bytes.length - this.#beginningAtEnd(bytes)
        held = bytes.slice(whole)
        starred = Math.max(
          0,
          ...found.filter(({ start }) => start < whole).map(({ end }) => end - whole),
        )
        mask(bytes, found)
        if (whole > 0) controller.enqueue(bytes.subarray(0, whole))
      },
      flush: (controller) => {
        mask(held, [...this.#find(held), { start: 0, end: starred }])
        if (held.length > 0) controller.enqueue(held)
      },
    })
  }

  #find(bytes: Uint8Array): Span[] {
    const found: Span[] = []
    for (let index = 0; index < bytes.length; index++) {
      if (this.#beginnings[bytes[index] ?? 0] === 0) continue
      for (const needle of this.#needles) {
        const { length } = needle
        if (startsAt(bytes, index, needle, length))
          found.push({ start: index, end: index + length })
      }
    }
    return found
  }

  /** How many bytes at the end may be the beginning of a secret. */
  #beginningAtEnd(bytes: Uint8Array): number {
    for (let length = Math.min(this.#longest - 1, bytes.length); length > 0; length--) {
      const start = bytes.length - length
      const isBeginning = this.#needles.some(
        (needle) => needle.length > length && startsAt(bytes, start, needle, length),
      )
      if (isBeginning) return length
    }
    return 0
  }
}

interface Span {
  readonly start: number
  readonly end: number
}

function mask(bytes: Uint8Array, found: readonly Span[]): void {
  for (const { start, end } of found) bytes.fill(STAR, start, end)
}

const STAR = 0x2a

function startsAt(bytes: Uint8Array, start: number, needle: Uint8Array, length: number): boolean {
  if (start + length > bytes.length) return false
  for (let index = 0; index < length; index++) {
    if (bytes[start + index] !== needle[index]) return false
  }
  return true
}

/** The secret as a log, a JSON body, a URL or a dump shows it. */
function spellingsOf(secret: string): string[] {
  const hex = Array.from(new TextEncoder().encode(secret), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  const base64 = [0, 1, 2].flatMap((offset) => insideBase64(secret, offset))
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll('%20', '+'),
    encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase()),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]
}

/** What is the same in the base64 of every text that has `secret` at `offset`, counted modulo 3. */
function insideBase64(secret: string, offset: number): string[] {
  const text = btoa('\0'.repeat(offset) + secret)
  // Characters that bits of the text before or after go into.
  const before = Math.ceil((offset * 8) / 6)
  const after = Math.floor(((offset + secret.length) * 8) / 6)
  return [text.slice(before, after)]
}
