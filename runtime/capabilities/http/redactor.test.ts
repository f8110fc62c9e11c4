import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Redactor } from './redactor.ts'

const SECRET = 'sk-4f/9+a"Zz 1'
/** With the same signs in the same places, and codes of as many digits: every spelling of it is as long. */
const OTHER = 'qp-7g/2+c"Yx 3'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const hexOf = (text: string): string => Buffer.from(text).toString('hex')
const base64Of = (text: string): string => Buffer.from(text).toString('base64')
const each = (text: string, spell: (code: number) => string): string =>
  [...text].map((letter) => spell(letter.charCodeAt(0))).join('')
const hex2 = (code: number): string => code.toString(16).padStart(2, '0')
const percent = (text: string): string => each(text, (code) => `%${hex2(code)}`)
const json = (text: string): string => JSON.stringify(text).slice(1, -1)

type Spelling = [name: string, spell: (secret: string) => string]

const IN_STREAMS: Spelling[] = [
  ['plain', (secret) => secret],
  ['in upper case', (secret) => secret.toUpperCase()],
  ['in lower case', (secret) => secret.toLowerCase()],
  ['JSON', json],
  ['JSON of PHP', (secret) => json(secret).replaceAll('/', '\\/')],
  ['JSON, escaped throughout', (secret) => each(secret, (code) => `\\u00${hex2(code)}`)],
  ['JSON, escaped in upper case', (secret) => json(secret).replaceAll('/', '\\u002F')],
  ['a component of a URL', encodeURIComponent],
  ['a component in lower case', (secret) => encodeURIComponent(secret).toLowerCase()],
  ['a form', (secret) => new URLSearchParams({ '': secret }).toString().slice(1)],
  ['percent throughout', percent],
  ['hex', hexOf],
  ['hex in upper case', (secret) => hexOf(secret).toUpperCase()],
  ...[0, 1, 2].flatMap((offset): Spelling[] => [
    [`base64 at ${offset}`, (secret) => base64Of('x'.repeat(offset) + secret)],
    [`base64 within, at ${offset}`, (secret) => base64Of(`${'x'.repeat(offset)}${secret} more`)],
    [
      `base64url at ${offset}`,
      (secret) => Buffer.from('x'.repeat(offset) + secret).toString('base64url'),
    ],
  ]),
]

const IN_VALUES: Spelling[] = [
  ...IN_STREAMS,
  ['JSON in JSON', (secret) => json(json(secret).replaceAll('/', '\\/'))],
  ['percent twice', (secret) => encodeURIComponent(percent(secret))],
  ['a URL in JSON', (secret) => json(percent(secret)).replaceAll('%', '\\u0025')],
  ['decimal entities', (secret) => each(secret, (code) => `&#${code};`)],
  ['hexadecimal entities', (secret) => each(secret, (code) => `&#x${hex2(code)};`)],
  ['named entities', (secret) => secret.replaceAll('"', '&quot;').replaceAll('/', '&sol;')],
  ['quoted-printable', (secret) => each(secret, (code) => `=${hex2(code).toUpperCase()}`)],
  [
    'UTF-16, little end first',
    (secret) => each(secret, (code) => `${String.fromCharCode(code)}\0`),
  ],
  ['UTF-16, big end first', (secret) => each(secret, (code) => `\0${String.fromCharCode(code)}`)],
  ['hex with blanks', (secret) => hexOf(secret).replaceAll(/..(?!$)/g, '$& ')],
  [
    'hex with colons',
    (secret) =>
      hexOf(secret)
        .toUpperCase()
        .replaceAll(/..(?!$)/g, '$&:'),
  ],
  ['hex with dashes in JSON', (secret) => json(hexOf(secret).replaceAll(/..(?!$)/g, '$&-\n'))],
  ['hex as in C', (secret) => each(secret, (code) => `0x${hex2(code)}, `).slice(0, -2)],
  ['hex as in a string of C', (secret) => each(secret, (code) => `\\x${hex2(code)}`)],
  ['bytes', (secret) => JSON.stringify([...Buffer.from(secret)]).slice(1, -1)],
  ['base64 in lines', (secret) => lines(base64Of('x'.repeat(50) + secret))],
  ['base64 in lines in JSON', (secret) => json(lines(base64Of('x'.repeat(51) + secret)))],
  ...[0, 1, 2].flatMap((inner) =>
    [0, 1, 2].map((outer): Spelling => [
      `base64 at ${inner} in base64 at ${outer}`,
      (secret) => base64Of('.'.repeat(outer) + base64Of('x'.repeat(inner) + secret)),
    ]),
  ),
]

/** Spellings of a server that hides the secret from the search on purpose. */
const NOWHERE: Spelling[] = [
  ['backwards', (secret) => [...secret].reverse().join('')],
  ['but for its end', (secret) => secret.slice(0, -1)],
  ['with a letter between', (secret) => `${secret.slice(0, 8)}|${secret.slice(8)}`],
]

function lines(text: string): string {
  return text.replaceAll(/.{76}/g, '$&\r\n')
}

/** The same for every secret: so nothing of it is left. */
function expectSame(redact: (secret: string) => string, spelled: string): void {
  const redacted = redact(SECRET)
  expect(redact(OTHER)).toBe(redacted)
  expect(redacted).not.toContain(spelled)
  expect(redacted).toHaveLength(`<${spelled}>`.length)
  expect(redacted).toMatch(/^<.*>$/s)
}

async function collect(readable: ReadableStream<Uint8Array>): Promise<string[]> {
  const texts: string[] = []
  for await (const chunk of readable) texts.push(new TextDecoder().decode(chunk))
  return texts
}

async function through(redactor: Redactor, chunks: readonly string[]): Promise<string> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(bytesOf(chunk))
      controller.close()
    },
  })
  return (await collect(source.pipeThrough(redactor.stream()))).join('')
}

// More than is held for a whole value, of nothing that is in a secret.
const FILLER = '.'.repeat(70_000)

describe('Redactor.text()', () => {
  it('stars out a secret and nothing else, and keeps lengths', () => {
    const redactor = new Redactor([SECRET])
    expect(redactor.text(`a ${SECRET} b ${SECRET}`)).toBe(`a ${'*'.repeat(14)} b ${'*'.repeat(14)}`)
    expect(redactor.text('sk-4f/9+a"Zz 2')).toBe('sk-4f/9+a"Zz 2')
    const encoded = `{ "a": "${json(SECRET)}\\n", "b": [${[...Buffer.from(SECRET)].join(', ')}], 7 }`
    expect(redactor.text(encoded)).toMatch(/^\{ "a": "\*{15}\\n", "b": \[\*+\], 7 \}$/)
  })

  it.each(IN_VALUES)('leaves nothing of a secret in %s', (_, spell) => {
    expectSame((secret) => new Redactor([secret]).text(`<${spell(secret)}>`), spell(SECRET))
  })

  it.each(NOWHERE)('does not find a secret %s', (_, spell) => {
    expect(new Redactor([SECRET]).text(spell(SECRET))).toBe(spell(SECRET))
  })

  it('finds a secret that looks escaped itself', () => {
    const redactor = new Redactor(['p%41\\n&#65;/w'])
    for (const text of ['p%41\\n&#65;/w', json('p%41\\n&#65;/w'), percent('p%41\\n&#65;/w')])
      expect(redactor.text(`<${text}>`)).toBe(`<${'*'.repeat(text.length)}>`)
  })
})

describe('Redactor.stream()', () => {
  it.each(IN_VALUES)('leaves nothing in a short body of a secret in %s', async (_, spell) => {
    for (const secret of [SECRET, OTHER]) {
      const body = `<${spell(secret)}>`
      const chunks = [body.slice(0, 9), body.slice(9)]
      const redactor = new Redactor([secret])
      expect(await through(redactor, chunks)).toBe(redactor.text(body))
    }
  })

  it.each(IN_STREAMS)('leaves nothing in a long body of a secret in %s', async (_, spell) => {
    const text = spell(SECRET)
    const starred = new Redactor([SECRET]).text(`<${text}>`)
    // At the beginning and the end, and across the place up to which the first piece goes.
    for (const at of [0, 65_400, 65_536 - text.length, 70_000]) {
      const body = `${FILLER.slice(0, at)}<${text}>${FILLER.slice(at)}`
      const expected = body.replace(`<${text}>`, () => starred)
      const chunks = [body.slice(0, 30_000), body.slice(30_000, 65_540), body.slice(65_540)]
      expect(await through(new Redactor([SECRET]), chunks)).toBe(expected)
    }
  })

  it('finds a secret wherever pieces of a long body are cut', async () => {
    const text = `before ${SECRET} between ${json(SECRET)}${SECRET} after`
    const expected = FILLER + new Redactor([SECRET]).text(text)
    for (let cut = 0; cut <= text.length; cut++) {
      for (const second of [cut, cut + 1, cut + 9]) {
        const chunks = [FILLER, text.slice(0, cut), text.slice(cut, second), text.slice(second)]
        expect(await through(new Redactor([SECRET]), chunks)).toBe(expected)
      }
    }
    expect(await through(new Redactor([SECRET]), [FILLER, ...text])).toBe(expected)
  })

  it('finds secrets that begin alike or overlap, wherever pieces are cut', async () => {
    const secrets = ['token-12345', 'token-1234567', '67-overlap']
    const text = 'x token-1234567 token-12345 token-1234567-overlap y'
    const starred = `x ${'*'.repeat(13)} ${'*'.repeat(11)} ${'*'.repeat(21)} y`
    for (let cut = 0; cut <= text.length; cut++) {
      for (const head of ['', FILLER]) {
        const chunks = [head, text.slice(0, cut), text.slice(cut)]
        expect(await through(new Redactor(secrets), chunks)).toBe(head + starred)
      }
    }
  })
})

describe('Redactor.stream() in time', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Returns the output, with times, of chunks that arrive this many milliseconds apart. */
  async function trace(
    redactor: Redactor,
    chunks: readonly Uint8Array[],
    gapMs: number,
    length?: number,
  ): Promise<{ at: number; text: string }[]> {
    const out: { at: number; text: string }[] = []
    const { readable, writable } = redactor.stream({ length })
    let at = 0
    const reading = (async () => {
      for await (const chunk of readable) out.push({ at, text: new TextDecoder().decode(chunk) })
    })()
    const writer = writable.getWriter()
    for (const chunk of chunks) {
      void writer.write(chunk)
      for (let ms = 0; ms < gapMs; ms++) {
        await vi.advanceTimersByTimeAsync(1)
        at++
      }
    }
    void writer.close()
    await vi.advanceTimersByTimeAsync(0)
    await reading
    return out
  }

  const timing = (out: readonly { at: number; text: string }[]): string =>
    out.map(({ at, text }) => `${text.length} at ${at}`).join(', ')

  it('passes on an event after 5 ms at most, also a short one', async () => {
    const events = ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n'].map(bytesOf)
    expect(await trace(new Redactor([SECRET]), events, 20)).toEqual([
      { at: 4, text: 'data: 1\n\n' },
      { at: 24, text: 'data: 2\n\n' },
      { at: 44, text: 'data: 3\n\n' },
    ])
  })

  it('holds nothing for longer because more comes', async () => {
    const trickle = Array.from({ length: 40 }, () => bytesOf('.'))
    const out = await trace(new Redactor([SECRET]), trickle, 1)
    let sent = 0
    for (const { at, text } of out) {
      // The first of these bytes came when as many had come before.
      expect(at - sent).toBeLessThanOrEqual(5)
      sent += text.length
    }
    expect(sent).toBe(40)
  })

  it('keeps a body together whose length is known, and one that comes at once', async () => {
    const halves = [bytesOf(SECRET.slice(0, 7)), bytesOf(SECRET.slice(7))]
    expect(await trace(new Redactor([SECRET]), halves, 20, 14)).toEqual([
      { at: 40, text: '*'.repeat(14) },
    ])
    expect(await trace(new Redactor([SECRET]), halves, 2)).toEqual([
      { at: 4, text: '*'.repeat(14) },
    ])
    // As the README says: bytes sent 5 ms ago cannot be called back. The half that is still held is starred.
    expect((await trace(new Redactor([SECRET]), halves, 20)).map(({ text }) => text)).toEqual([
      SECRET.slice(0, 7),
      '*'.repeat(7),
    ])
  })

  it('passes on as many bytes as soon, whether or not they may be the beginning of a secret', async () => {
    const alphabet = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))
    for (const sizes of [[5], [1, 1, 1], [300, 20, 1], [66_000, 90, 7]]) {
      const timings = new Set<string>()
      for (const known of ['', SECRET.slice(0, 6), SECRET.slice(0, -1)]) {
        for (const guess of alphabet.slice(0, 40).concat([...SECRET])) {
          const chunks = sizes.map((size) =>
            bytesOf((known + guess).padStart(size, '.').slice(-size)),
          )
          timings.add(timing(await trace(new Redactor([SECRET]), chunks, 7)))
        }
      }
      expect([...timings]).toHaveLength(1)
    }
  })

  it('searches in proportion to what comes, in whatever chunks and of whatever bytes', async () => {
    for (const chunk of ['s', 'sk-4f', '.', '\\', FILLER]) {
      let searched = 0
      const redactor = new Redactor([SECRET])
      const { readable, writable } = redactor.stream({ onSearch: (bytes) => (searched += bytes) })
      const reading = collect(readable)
      const writer = writable.getWriter()
      await writer.write(bytesOf(FILLER))
      const before = searched
      for (let sent = 0; sent < 4000; sent += chunk.length) await writer.write(bytesOf(chunk))
      await writer.close()
      const length = (await reading).join('').length - FILLER.length
      expect(searched - before).toBeGreaterThanOrEqual(length)
      // Held bytes and the last bytes sent are searched again with each chunk, in two readings of escapes.
      expect(searched - before).toBeLessThan(6 * length + 1000)
    }
  })

  it('does nothing more when its reader goes away', async () => {
    const { readable, writable } = new Redactor([SECRET]).stream()
    const reader = readable.getReader()
    void writable.getWriter().write(bytesOf('x'))
    const read = reader.read()
    await vi.advanceTimersByTimeAsync(1)
    await reader.cancel()
    expect(await read).toEqual({ done: true, value: undefined })
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('Redactor.fields()', () => {
  const pairs = (fields: Headers): [string, string][] => [...fields]

  it('stars out a secret in a value and leaves the others as they are', () => {
    const headers = new Headers({
      'x-a': 'b',
      location: `https://b.test/?t=${SECRET}`,
      'x-c': '\xe9d',
    })
    expect(pairs(new Redactor([SECRET]).fields(headers))).toEqual([
      ['location', `https://b.test/?t=${'*'.repeat(14)}`],
      ['x-a', 'b'],
      ['x-c', '\xe9d'],
    ])
  })

  it('keeps cookies apart', () => {
    const headers = new Headers([
      ['set-cookie', `t=${encodeURIComponent(SECRET)}; path=/`],
      ['set-cookie', 'u=1'],
    ])
    expect(new Redactor([SECRET]).fields(headers).getSetCookie()).toEqual([
      `t=${'*'.repeat(encodeURIComponent(SECRET).length)}; path=/`,
      'u=1',
    ])
  })

  it.each(IN_VALUES.filter(([, spell]) => !/[\0\r\n]/.test(spell(SECRET))))(
    'leaves nothing of a secret in a value in %s',
    (_, spell) => {
      const redact = (secret: string): string =>
        new Redactor([secret]).fields(new Headers({ 'x-a': `<${spell(secret)}>` })).get('x-a') ?? ''
      expectSame(redact, spell(SECRET))
    },
  )

  it('leaves out a field that is named like a secret, with or without its signs or in hex', () => {
    const secret = 'AbC/dEf+Gh'
    const names = ['x-abc/def+gh', 'x-abcdefgh', 'x-abc-def-gh', `y-${hexOf(secret)}`]
    const fields = [...names, 'x-abcdefg'].map((name): [string, string] => [name, '1'])
    expect(pairs(new Redactor([secret]).fields(fields))).toEqual([['x-abcdefg', '1']])
  })

  it('does not join a secret of two fields', () => {
    const halves = new Headers({ 'x-a': SECRET.slice(0, 7), 'x-b': SECRET.slice(7) })
    expect(pairs(new Redactor([SECRET]).fields(halves))).toEqual(pairs(halves))
  })
})
