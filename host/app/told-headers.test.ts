import { describe, expect, it } from 'vitest'
import { ToldHeaders } from './told-headers.ts'

const CLAIMS: [string, string][] = [
  ['forwarded', 'for=1.1.1.1'],
  ['x-forwarded-for', '1.1.1.1'],
  ['x-forwarded-prefix', '/evil'],
  ['x-forwarded-host', 'evil.example'],
  ['x-real-ip', '1.1.1.1'],
  ['cf-connecting-ip', '1.1.1.1'],
]

describe('new ToldHeaders()', () => {
  const headers = new Headers([['accept', 'a'], ...CLAIMS, ['accept', 'b']])

  it('has what is known in the place of what a request claims', () => {
    const told = new ToldHeaders(headers, { address: '192.0.2.7', basePath: '/shop' })
    expect([...told]).toEqual([
      ['accept', 'a, b'],
      ['x-forwarded-for', '192.0.2.7'],
      ['x-forwarded-prefix', '/shop'],
    ])
    expect(CLAIMS.map(([name]) => told.get(name))).toEqual([
      null,
      '192.0.2.7',
      '/shop',
      null,
      null,
      null,
    ])
    expect(told.get('accept')).toBe('a, b')
  })

  it('says nothing where nothing is known', () => {
    const told = new ToldHeaders(headers, { address: undefined, basePath: '' })
    expect([...told]).toEqual([['accept', 'a, b']])
    for (const [name] of CLAIMS) expect(told.get(name)).toBeNull()
  })
})
