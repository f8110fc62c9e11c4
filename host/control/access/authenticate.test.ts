import { describe, expect, it } from 'vitest'
import type { Access } from './access.ts'
import { authenticate, type FindToken } from './authenticate.ts'
import type { TokenScope } from './principal.ts'

const TOKEN: TokenScope = { name: 'ci', can: ['read'], agents: ['*'], routes: [], hosts: [] }
const EXPIRED = { state: 'expired', name: 'old', expiresAt: '2026-01-01' } as const

const PAGE = { state: 'page', session: 'x' } as const

const find: FindToken = async (text) => {
  if (text === 'mf_ci') return { state: 'valid', token: TOKEN }
  if (text === 'mfp_page') return PAGE
  return text === 'mf_old' ? EXPIRED : undefined
}

const GUARDED: Access = { state: 'token', token: 'of the operator' }
const WITHOUT: readonly Access[] = [{ state: 'open' }, { state: 'tokens' }, { state: 'closed' }]

function principal(
  access: Access,
  headers: Record<string, string> = {},
  url = 'http://localhost:8787/-/agents',
) {
  return authenticate({ url, headers: new Headers(headers) }, access, find)
}

describe('authenticate() with a token', () => {
  it.each([GUARDED, ...WITHOUT])('finds scoped tokens, with access %j', async (access) => {
    const of = (text: string) => principal(access, { authorization: `Bearer ${text}` })
    expect(await of('mf_ci')).toEqual({ state: 'token', token: TOKEN })
    expect(await of('mf_old')).toEqual(EXPIRED)
    expect(await of('mf_other')).toEqual({ state: 'unknown' })
  })

  it('knows the operator by the token of the host, where it has one', async () => {
    const authorization = 'Bearer of the operator'
    expect(await principal(GUARDED, { authorization })).toEqual({ state: 'operator' })
    for (const access of WITHOUT)
      expect(await principal(access, { authorization })).toEqual({ state: 'unknown' })
    for (const wrong of [
      'of the operato',
      'of the operator2',
      'Of the operator',
      'of  the operator',
    ])
      expect(await principal(GUARDED, { authorization: `Bearer ${wrong}` })).toEqual({
        state: 'unknown',
      })
  })

  it('looks for no token where none are kept', async () => {
    const headers = new Headers({ authorization: 'Bearer mf_ci' })
    const url = 'http://localhost/'
    expect(await authenticate({ url, headers }, GUARDED, undefined)).toEqual({ state: 'unknown' })
  })

  it.each(['', 'Bearer', 'Bearer ', 'mf_ci', 'Basic bWZfY2k=', 'Bearer: mf_ci'])(
    'takes "%s" for none',
    async (authorization) => {
      expect(await principal(GUARDED, { authorization })).toEqual({
        state: 'stranger',
        from: 'anywhere',
      })
    },
  )
})

describe('authenticate() without a token', () => {
  it('knows the local user by the way in', async () => {
    const headers = { origin: 'http://evil.test', authorization: 'Bearer mf_ci' }
    expect(await principal({ state: 'local' }, headers)).toEqual({ state: 'local' })
  })

  it.each<[string, string, Record<string, string>]>([
    ['here', 'http://localhost:8787/', {}],
    ['here', 'http://127.0.0.2/', { 'sec-fetch-site': 'none' }],
    ['here', 'http://[::1]:1/', { 'user-agent': 'curl' }],
    ['page', 'http://localhost/', { origin: 'http://evil.test' }],
    ['page', 'http://localhost/', { origin: 'http://localhost' }],
    ['page', 'http://localhost/', { origin: 'null' }],
    ['page', 'http://localhost/', { 'sec-fetch-site': 'cross-site' }],
    ['page', 'http://localhost/', { 'sec-fetch-site': 'same-site' }],
    // The page of an agent, on the same port.
    ['page', 'http://localhost/', { 'sec-fetch-site': 'same-origin' }],
    ['other-name', 'http://evil.test/', {}],
    ['other-name', 'http://localhost/', { host: 'localhost.evil.test' }],
    ['other-name', 'http://localhost/', { host: '127.0.0.1.evil.test:8787' }],
    ['other-name', 'http://localhost/', { host: '192.168.0.1' }],
    ['other-name', 'http://localhost/', { host: '' }],
  ])('tells %s by %s %j', async (from, url, headers) => {
    expect(await principal({ state: 'open' }, headers, url)).toEqual({ state: 'stranger', from })
  })

  it('lets none of that count elsewhere', async () => {
    expect(await principal(GUARDED)).toEqual({ state: 'stranger', from: 'anywhere' })
    expect(await principal({ state: 'closed' })).toEqual({ state: 'stranger', from: 'closed' })
  })
})

describe('authenticate() with the token of the page', () => {
  const authorization = 'Bearer mfp_page'
  const host = '127.0.0.1:8788'

  it.each([
    {},
    { origin: 'http://127.0.0.1:8788', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'https://127.0.0.1:8788' },
  ])('knows the page that sends %j', async (headers) => {
    expect(await principal(GUARDED, { authorization, host, ...headers })).toEqual(PAGE)
  })

  it.each([
    { origin: 'http://127.0.0.1:8787', 'sec-fetch-site': 'same-site' },
    { origin: 'http://localhost:8788', 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://127.0.0.1:8788.example' },
  ])('takes it from no other page: %j', async (headers) => {
    expect(await principal(GUARDED, { authorization, host, ...headers })).toEqual({
      state: 'stranger',
      from: 'other-page',
    })
  })
})
