import { beforeEach, describe, expect, it } from 'vitest'
import type { AuditEvent } from '../../runtime/audit/index.ts'
import type { WantedToken } from '../control/index.ts'
import { memoryState, type StateStore } from './state/index.ts'
import { TOKENS_FILE, TokenStore } from './token-store.ts'

const DAY_MS = 86_400_000
const BY = { caller: 'control' }
const WANTED: WantedToken = {
  name: 'ci',
  can: ['read'],
  agents: ['team-a-*'],
  routes: [],
  hosts: [],
  tenant: 'a',
  livesMs: DAY_MS,
}

let state: StateStore
let now: number

beforeEach(() => {
  state = memoryState()
  now = Date.parse('2026-11-29T12:00:00.000Z')
})

function open(over: StateStore = state): TokenStore {
  return new TokenStore({ state: over, now: () => now })
}

function written(): string {
  return new TextDecoder().decode(state.read(TOKENS_FILE))
}

describe('TokenStore', () => {
  it('finds a token by its text, also after a restart, and keeps no text', () => {
    const store = open()
    const { token, ...summary } = store.create(WANTED, BY)
    expect(token).toMatch(/^mf_[A-Za-z0-9_-]{43}$/)
    expect(summary).toEqual({
      name: 'ci',
      can: ['read'],
      agents: ['team-a-*'],
      routes: [],
      hosts: [],
      tenant: 'a',
      createdAt: '2026-11-29T12:00:00.000Z',
      expiresAt: '2026-11-30T12:00:00.000Z',
    })
    for (const each of [store, open()]) {
      expect(each.find(token)).toMatchObject({ state: 'valid', token: { name: 'ci' } })
      for (const other of ['', token.slice(3), `${token} `, token.toUpperCase(), 'mf_'])
        expect(each.find(other)).toBeUndefined()
    }
    expect(written()).not.toContain(token.slice(3))
    expect(JSON.stringify(store.list())).not.toContain('sha256')
  })

  it('makes no two tokens alike', () => {
    const store = open()
    const texts = Array.from(
      { length: 100 },
      (_, n) => store.create({ ...WANTED, name: `t${n}` }, BY).token,
    )
    expect(new Set(texts).size).toBe(100)
  })

  it('refuses an expired one with that reason, from the very moment', () => {
    const store = open()
    const { token, expiresAt } = store.create(WANTED, BY)
    now += DAY_MS - 1
    expect(store.find(token)?.state).toBe('valid')
    now += 1
    expect(store.find(token)).toEqual({ state: 'expired', name: 'ci', expiresAt })
    expect(open().find(token)?.state).toBe('expired')
  })

  it('forgets a revoked one, also after a restart, and leaves the others', () => {
    const store = open()
    const { token } = store.create(WANTED, BY)
    const other = store.create({ ...WANTED, name: 'other' }, BY)
    expect(store.revoke('ci', BY)).toMatchObject({ name: 'ci' })
    expect(store.revoke('ci', BY)).toBeUndefined()
    expect(store.revoke('__proto__', BY)).toBeUndefined()
    for (const each of [store, open()]) {
      expect(each.find(token)).toBeUndefined()
      expect(each.find(other.token)?.state).toBe('valid')
    }
    // The name is free again, and the old text stays dead.
    expect(store.create(WANTED, BY).token).not.toBe(token)
    expect(store.find(token)).toBeUndefined()
  })

  it('refuses a second token of one name', () => {
    const store = open()
    store.create(WANTED, BY)
    expect(() => store.create(WANTED, BY)).toThrow('Cannot make token "ci": there is one')
  })

  it('notes the day of use, and writes once a day', () => {
    const store = open()
    const { token } = store.create(WANTED, BY)
    expect(store.list()[0]?.lastUsed).toBeUndefined()
    store.find(token)
    const first = written()
    now += 1_000
    store.find(token)
    expect(written()).toBe(first)
    expect(open().list()).toMatchObject([{ name: 'ci', lastUsed: '2026-11-29' }])
    now += DAY_MS / 2
    store.find(token)
    expect(open().list()).toMatchObject([{ lastUsed: '2026-11-30' }])
  })

  it('lets a full disk keep no client out, and says that a change is not kept', () => {
    const full: StateStore = {
      ...state,
      replace() {
        throw new Error('ENOSPC')
      },
    }
    const { token } = open().create(WANTED, BY)
    const store = open(full)
    expect(store.find(token)?.state).toBe('valid')
    expect(() => store.revoke('ci', BY)).toThrow('it holds until this host ends')
    expect(store.find(token)).toBeUndefined()
  })

  it('records who made and revoked which', () => {
    const events: AuditEvent[] = []
    const audit = { append: (event: AuditEvent) => void events.push(event), blocked: undefined }
    const store = new TokenStore({ state, audit })
    const { token } = store.create(WANTED, BY)
    store.find(token)
    store.revoke('ci', BY)
    const record = { kind: 'token', target: 'ci', caller: 'control', outcome: 'completed' }
    expect(events).toEqual([
      { ...record, action: 'make' },
      { ...record, action: 'revoke' },
    ])
  })

  it.each(['{', '{"version":1,"tokens":{}}', '{"version":2,"tokens":[]}'])(
    'does not start over %s',
    (text) => {
      state.replace(TOKENS_FILE, new TextEncoder().encode(text))
      expect(() => open()).toThrow(`Cannot read tokens "${TOKENS_FILE} in memory"`)
    },
  )
})
