/**
 * The scoped tokens of a host: one file of the state, with a hash of each in place of its text.
 *
 * A hash without salt and without work is enough, because a token is 256 random bits: there is nothing to guess. It is
 * found by its hash, so how long a search takes says nothing of the tokens there are.
 *
 * @module
 */

import type { AuditSink } from '../../runtime/audit/index.ts'
import { toBase64 } from '../../runtime/encoding/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'
import type {
  FoundToken,
  NewToken,
  Order,
  TokenKeeper,
  TokenScope,
  TokenSummary,
  WantedToken,
} from '../control/index.ts'
import { sha256 } from '../digest/index.ts'
import { readState, unreadable, writeState, type StateFileKind } from './state-file.ts'
import type { StateStore } from './state/index.ts'

export interface TokenStoreOptions {
  readonly state: StateStore
  /** Absent when nothing is recorded. */
  readonly audit?: AuditSink | undefined
  /**
   * Milliseconds since 1970.
   *
   * @default `Date.now`
   */
  readonly now?: () => number
}

/** A token as it is written. */
interface StoredToken extends TokenScope {
  /** Of its text, in hexadecimal. */
  readonly sha256: string
  readonly createdAt: string
  readonly expiresAt: string
  /** A day. More would have every call write a file. */
  readonly lastUsed?: string
}

/** The name that tokens are kept under. */
export const TOKENS_FILE = 'tokens.json'

const PREFIX = 'mf_'
const SECRET_BYTES = 32
// The file is written whole, when a token is first used on a day too.
const MAX_TOKENS = 1_000
// Operators look into it.
const INDENT = 2
const DAY_LENGTH = 'YYYY-MM-DD'.length

const KIND: StateFileKind = {
  what: 'tokens',
  version: 1,
  hint: 'Put the file back, or take it away: then no token holds, and new ones are to be made',
}

export class TokenStore implements TokenKeeper {
  readonly #state: StateStore
  readonly #audit: AuditSink | undefined
  readonly #now: () => number
  /** By hash. */
  readonly #tokens: Map<string, StoredToken>

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE when the file cannot be read, or a newer host wrote it */
  constructor({ state, audit, now = Date.now }: TokenStoreOptions) {
    this.#state = state
    this.#audit = audit
    this.#now = now
    this.#tokens = new Map(read(state).map((token) => [token.sha256, token]))
  }

  find(text: string): FoundToken | undefined {
    const token = this.#tokens.get(sha256(text))
    if (token === undefined) return undefined
    const { name, expiresAt } = token
    if (this.#now() >= Date.parse(expiresAt)) return { state: 'expired', name, expiresAt }
    this.#noteUse(token)
    return { state: 'valid', token }
  }

  list(): TokenSummary[] {
    const all = [...this.#tokens.values()].map(summaryOf)
    return all.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  create({ livesMs, ...scope }: WantedToken, order: Order): NewToken {
    const { name } = scope
    if (this.#named(name) !== undefined) {
      throw new MayflyError('ERR_USAGE', `Cannot make token "${name}": there is one of that name`, {
        hint: `Choose another name, or revoke it: mayfly token revoke ${name}`,
      })
    }
    if (this.#tokens.size >= MAX_TOKENS) {
      throw new MayflyError('ERR_USAGE', `Cannot make token "${name}": there are ${MAX_TOKENS}`, {
        hint: 'Revoke those that are no longer used: mayfly token list',
      })
    }
    const random = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
    const text = PREFIX + toBase64(random, 'base64url')
    const now = this.#now()
    const token: StoredToken = {
      ...scope,
      sha256: sha256(text),
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + livesMs).toISOString(),
    }
    this.#change('make', token, order, () => this.#tokens.set(token.sha256, token))
    return { ...summaryOf(token), token: text }
  }

  revoke(name: string, order: Order): TokenSummary | undefined {
    const token = this.#named(name)
    if (token === undefined) return undefined
    this.#change('revoke', token, order, () => this.#tokens.delete(token.sha256))
    return summaryOf(token)
  }

  #named(name: string): StoredToken | undefined {
    return this.#tokens.values().find((token) => token.name === name)
  }

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE when it cannot be written: a revoked token is revoked until the host ends */
  #change(action: string, { name }: StoredToken, { caller }: Order, change: () => void): void {
    change()
    const record = { kind: 'token', action, target: name, caller } as const
    try {
      this.#write()
    } catch (cause) {
      this.#audit?.append({ ...record, outcome: 'failed', reason: 'ERR_HOST_UNAVAILABLE' })
      throw new MayflyError(
        'ERR_HOST_UNAVAILABLE',
        `Cannot keep the change of token "${name}": it holds until this host ends`,
        { cause, hint: 'Make room in the data directory, then ask again', facts: { token: name } },
      )
    }
    this.#audit?.append({ ...record, outcome: 'completed' })
  }

  #noteUse(token: StoredToken): void {
    const lastUsed = new Date(this.#now()).toISOString().slice(0, DAY_LENGTH)
    if (token.lastUsed === lastUsed) return
    this.#tokens.set(token.sha256, { ...token, lastUsed })
    try {
      this.#write()
    } catch {
      // A full disk keeps no client out. The day is written with the next change.
    }
  }

  #write(): void {
    const tokens = [...this.#tokens.values()]
    writeState(this.#state, TOKENS_FILE, { version: KIND.version, tokens }, INDENT)
  }
}

function read(state: StateStore): readonly StoredToken[] {
  const { tokens } = readState(state, TOKENS_FILE, KIND) ?? { tokens: [] }
  if (!Array.isArray(tokens)) throw unreadable(state.locate(TOKENS_FILE), KIND)
  // Written by this class only.
  return tokens as readonly StoredToken[]
}

function summaryOf(token: StoredToken): TokenSummary {
  const { sha256: _, ...summary } = token
  return summary
}
