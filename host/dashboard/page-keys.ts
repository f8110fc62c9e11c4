/**
 * Links to the page of the operator, and the pages that were opened by one.
 *
 * A link has a code that holds once and for minutes: the terminal, and the log of a service manager, may be read later. The
 * page gets a token for it, which ends with the host at the latest. Of both only hashes are kept, in memory.
 *
 * @module
 */

import type { OpenedPage, PageLink } from '../control/index.ts'
import { sha256 } from '../digest/index.ts'
import { toBase64 } from '../../runtime/encoding/index.ts'

export interface PageKeysOptions {
  /** Where the page is, without a last slash: `http://127.0.0.1:8788`. Read when a link is made. */
  readonly url: () => string
  /** @default Date.now */
  readonly now?: () => number
}

// Time to walk to a browser, and to copy the link over from another machine.
const LINK_MS = 10 * 60_000
// A day at work.
const SESSION_MS = 12 * 3_600_000
// Not to be guessed, whatever the rate: 2^128 of them.
const CODE_BYTES = 16
const TOKEN_BYTES = 32
const TOKEN_PREFIX = 'mfp_'
// A person opens a few. Beyond it the oldest hold no longer.
const MAX_LINKS = 16
const MAX_SESSIONS = 64
// So that a client that guesses takes no time from others, and the log no room.
const MAX_WRONG = 20
const WRONG_MS = 60_000

export class PageKeys {
  readonly #url: () => string
  readonly #now: () => number
  /** When each ends, by hashes of codes and of tokens. */
  readonly #links = new Map<string, number>()
  readonly #sessions = new Map<string, number>()
  #wrong = 0
  #wrongSince = -Infinity

  constructor({ url, now = Date.now }: PageKeysOptions) {
    this.#url = url
    this.#now = now
  }

  /** Makes a link that opens the page once, within ten minutes. */
  link(): PageLink {
    const code = randomText(CODE_BYTES)
    const endsAt = this.#now() + LINK_MS
    put(this.#links, sha256(code), endsAt, MAX_LINKS)
    return { url: `${this.#url()}/#${code}`, expiresAt: new Date(endsAt).toISOString() }
  }

  /** Takes the code of a link, which holds no longer then. */
  open(code: string): OpenedPage {
    const hash = sha256(code)
    const endsAt = this.#links.get(hash)
    if (endsAt === undefined || endsAt <= this.#now()) return this.#refuse()
    this.#links.delete(hash)
    const token = TOKEN_PREFIX + randomText(TOKEN_BYTES)
    const tokenEndsAt = this.#now() + SESSION_MS
    put(this.#sessions, sha256(token), tokenEndsAt, MAX_SESSIONS)
    const session = { token, expiresAt: new Date(tokenEndsAt).toISOString() }
    return { state: 'opened', session }
  }

  /** Finds a page by its token. */
  find(text: string): { readonly state: 'page'; readonly session: string } | undefined {
    if (!text.startsWith(TOKEN_PREFIX)) return undefined
    const session = sha256(text)
    return this.holds(session) ? { state: 'page', session } : undefined
  }

  /** Whether the page `session` may go on. */
  holds(session: string): boolean {
    return (this.#sessions.get(session) ?? -Infinity) > this.#now()
  }

  end(session: string): void {
    this.#sessions.delete(session)
  }

  #refuse(): OpenedPage {
    const now = this.#now()
    if (now - this.#wrongSince > WRONG_MS) {
      this.#wrongSince = now
      this.#wrong = 0
    }
    return { state: ++this.#wrong > MAX_WRONG ? 'too many' : 'unknown' }
  }
}

function randomText(bytes: number): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(bytes)), 'base64url')
}

/** In the order of their making: the first is the oldest. */
function put(keys: Map<string, number>, hash: string, endsAt: number, most: number): void {
  keys.set(hash, endsAt)
  for (const oldest of keys.keys()) {
    if (keys.size <= most) return
    keys.delete(oldest)
  }
}
