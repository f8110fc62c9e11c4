import { describe, expect, it } from 'vitest'
import { Redactor } from './redactor.ts'

const SECRET = 'sk-4f/9+a"Zz 1'

async function through(redactor: Redactor, chunks: readonly string[]): Promise<string[]> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
  const texts: string[] = []
  for await (const chunk of source.pipeThrough(redactor.stream())) {
    texts.push(new TextDecoder().decode(chunk))
  }
  return texts
}

describe('Redactor', () => {
  it('stars out a secret and nothing else, and keeps lengths', () => {
    const redactor = new Redactor([SECRET])
    expect(redactor.text(`a ${SECRET} b ${SECRET}`)).toBe(`a ${'*'.repeat(14)} b ${'*'.repeat(14)}`)
    expect(redactor.text('sk-4f/9+a"Zz 2')).toBe('sk-4f/9+a"Zz 2')
  })

  it.each([
    ['JSON', JSON.stringify({ echo: SECRET })],
    ['a URL', new URLSearchParams({ echo: SECRET }).toString()],
    ['a path', `/${encodeURIComponent(SECRET)}`],
    [
      'a path in lower case',
      `/${encodeURIComponent(SECRET).replaceAll(/%../g, (code) => code.toLowerCase())}`,
    ],
    ['hex', Buffer.from(SECRET).toString('hex')],
    ...[0, 1, 2].flatMap((offset): [string, string][] => {
      const text = Buffer.from(`${'x'.repeat(offset)}${SECRET} and more`)
      return [
        [`base64 at ${offset}`, text.toString('base64')],
        [`base64url at ${offset}`, text.toString('base64url')],
      ]
    }),
  ])('finds a secret in %s', (_, text) => {
    expect(new Redactor([SECRET]).text(text)).toContain('*'.repeat(14))
  })

  it('finds a secret wherever chunks are cut', async () => {
    const text = `before ${SECRET} between ${SECRET}${SECRET} after`
    const expected = new Redactor([SECRET]).text(text)
    for (let cut = 0; cut <= text.length; cut++) {
      for (const second of [cut, cut + 1, cut + 9]) {
        const chunks = [text.slice(0, cut), text.slice(cut, second), text.slice(second)]
        expect((await through(new Redactor([SECRET]), chunks)).join('')).toBe(expected)
      }
    }
    expect((await through(new Redactor([SECRET]), [...text])).join('')).toBe(expected)
  })

  it('finds secrets that begin alike or overlap, wherever chunks are cut', async () => {
    const secrets = ['token-12345', 'token-1234567', '67-overlap']
    const text = 'x token-1234567 token-12345 token-1234567-overlap y'
    for (let cut = 0; cut <= text.length; cut++) {
      const chunks = [text.slice(0, cut), text.slice(cut)]
      expect((await through(new Redactor(secrets), chunks)).join('')).toBe(
        `x ${'*'.repeat(13)} ${'*'.repeat(11)} ${'*'.repeat(21)} y`,
      )
    }
  })

  it('holds back only what may be the beginning of a secret', async () => {
    expect(await through(new Redactor([SECRET]), ['data: 1\n', 'data: sk', '2'])).toEqual([
      'data: 1\n',
      'data: ',
      'sk2',
    ])
    expect(await through(new Redactor([SECRET]), ['ends in sk-'])).toEqual(['ends in ', 'sk-'])
  })

  it('knows a header that is named like a secret', () => {
    const redactor = new Redactor(['AbCdEfGh'])
    expect(redactor.isSecretName('x-abcdefgh')).toBe(true)
    expect(redactor.isSecretName('x-abcdefg')).toBe(false)
  })
})
