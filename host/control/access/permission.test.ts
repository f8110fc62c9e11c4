import { describe, expect, it } from 'vitest'
import { TOKEN_ACTIONS, type Action } from './action.ts'
import { denialOf, isSeen, type Deed } from './permission.ts'
import type { Principal, TokenScope } from './principal.ts'

const ACTIONS: readonly Action[] = [...TOKEN_ACTIONS, 'admin']
const SCOPE: TokenScope = {
  name: 'ci',
  can: ['read', 'deploy'],
  agents: ['team-a-*', 'shared'],
  routes: ['/team-a/*'],
  hosts: ['*.a.example'],
}
const OWN: Deed = { actions: ['deploy'], of: { agent: 'team-a-shop' } }

function reasons(deed: Partial<Deed>, scope: Partial<TokenScope> = {}): readonly string[] {
  const token = { ...SCOPE, ...scope }
  return denialOf({ state: 'token', token }, { ...OWN, ...deed })?.reasons ?? []
}

describe('denialOf() the local user and the operator', () => {
  it.each(['local', 'operator'] as const)('%s may do everything', (state) => {
    for (const of of [{ agent: 'x' }, 'agents', 'host'] as const) {
      expect(denialOf({ state }, { actions: ACTIONS, of, routes: ['/*'] })).toBeUndefined()
    }
  })
})

describe('denialOf() the page of the operator', () => {
  it.each(ACTIONS)('%s, if it is to read or to operate', (action) => {
    for (const of of [{ agent: 'x' }, 'agents', 'host'] as const) {
      const denial = denialOf({ state: 'page', session: 'x' }, { actions: [action], of })
      const isAllowed = action === 'read' || action === 'operate'
      expect(denial?.status).toBe(isAllowed ? undefined : 403)
    }
    expect(isSeen({ state: 'page', session: 'x' }, 'team-b')).toBe(true)
  })

  it('not from another page', () => {
    const other: Principal = { state: 'stranger', from: 'other-page' }
    expect(denialOf(other, { actions: ['read'], of: 'agents' })?.status).toBe(403)
  })
})

describe('denialOf() the holder of a token', () => {
  it.each(ACTIONS)('has %s if it was made for that, and no other action', (action) => {
    const can = TOKEN_ACTIONS.filter((each) => each === action)
    const allowed = ACTIONS.filter((each) => reasons({ actions: [each] }, { can }).length === 0)
    // The operator alone has the last.
    expect(allowed).toEqual(can)
    expect(reasons({ actions: ['admin'] }, { can: TOKEN_ACTIONS })).not.toEqual([])
  })

  it.each([
    ['team-a-shop', true],
    ['shared', true],
    ['team-a-', true],
    ['team-a', false],
    ['team-b-team-a-x', false],
    ['shared2', false],
    ['', false],
  ])('agent "%s": %s', (agent, isAllowed) => {
    expect(reasons({ of: { agent } }).length === 0).toBe(isAllowed)
    expect(isSeen({ state: 'token', token: SCOPE }, agent)).toBe(isAllowed)
    expect(isSeen({ state: 'operator' }, agent)).toBe(true)
  })

  it.each([
    ['/team-a/*', true],
    ['/team-a/shop/*', true],
    ['/team-a/', true],
    ['/team-a', true],
    ['/*', false],
    ['/', false],
    ['/team-b/*', false],
    ['/team-ab/*', false],
  ])('route "%s": %s', (route, isAllowed) => {
    expect(reasons({ routes: [route] }).length === 0).toBe(isAllowed)
  })

  it.each([
    ['api.a.example', true],
    ['a.example', false],
    ['api.b.example', false],
    ['a.example.evil', false],
  ])('host "%s": %s', (host, isAllowed) => {
    expect(reasons({ hosts: [host] }).length === 0).toBe(isAllowed)
    expect(reasons({ hosts: [host] }, { hosts: [] })).not.toEqual([])
  })

  it.each([
    ['team-a-search', true],
    ['shared', true],
    ['team-b-search', false],
  ])('tool "%s": %s', (tool, isAllowed) => {
    expect(reasons({ tools: [tool] }).length === 0).toBe(isAllowed)
  })

  it('has lists of what it may see, and nothing of the whole host', () => {
    expect(reasons({ of: 'agents' })).toEqual([])
    expect(reasons({ of: 'host' })).toEqual([
      'token "ci" is for agents team-a-*, shared: not the whole host',
    ])
  })

  it('learns every reason at once', () => {
    const deed: Deed = {
      actions: ['operate', 'approve'],
      of: { agent: 'other' },
      routes: ['/other/*', '/team-a/*'],
      hosts: ['x.example'],
    }
    expect(denialOf({ state: 'token', token: SCOPE }, deed)).toEqual({
      status: 403,
      isTokenBad: false,
      reasons: [
        'token "ci" may read, deploy: not operate',
        'token "ci" may read, deploy: not approve',
        'token "ci" is for agents team-a-*, shared: not "other"',
        'token "ci" is for routes /team-a/*: not "/other/*"',
        'token "ci" is for hosts *.a.example: not "x.example"',
      ],
    })
  })
})

describe('denialOf() all others', () => {
  it('lets programs on this machine read and call, and change nothing', () => {
    const here: Principal = { state: 'stranger', from: 'here' }
    const open = ACTIONS.filter(
      (action) => denialOf(here, { actions: [action], of: 'agents' }) === undefined,
    )
    expect(open).toEqual(['read', 'call'])
    expect(denialOf(here, OWN)).toMatchObject({
      status: 401,
      reasons: [expect.stringMatching(/control\.sock.*MAYFLY_TOKEN/)],
    })
  })

  it.each<[Principal, 401 | 403, string, boolean]>([
    [{ state: 'stranger', from: 'page' }, 403, 'from a browser', false],
    [{ state: 'stranger', from: 'other-name' }, 403, 'another name', false],
    [{ state: 'stranger', from: 'anywhere' }, 401, 'token required', false],
    [{ state: 'stranger', from: 'closed' }, 403, 'MAYFLY_TOKEN is not set', false],
    [{ state: 'unknown' }, 401, 'does not know the token', true],
    [{ state: 'expired', name: 'ci', expiresAt: '2026-01-01' }, 401, 'expired at 2026-01-01', true],
  ])('refuses %j everything', (principal, status, reason, isTokenBad) => {
    for (const action of ACTIONS) {
      expect(denialOf(principal, { actions: [action], of: 'agents' })).toEqual({
        status,
        reasons: [expect.stringContaining(reason)],
        isTokenBad,
      })
    }
  })
})
