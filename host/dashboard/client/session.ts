/**
 * The right of this page to ask the host: a token for the code behind the `#` of its link.
 *
 * The token is in `sessionStorage`, for this tab and this origin alone, and leaves it in a header only: a cookie would go
 * to every port of this machine. The code leaves the address at once, and so the history.
 *
 * @module
 */
import type { PageSession } from '../../control/page-contract.ts'

const KEY = 'mayfly-page'
// 16 bytes in base64url
const CODE = /^#([\w-]{22})$/

/** Why there is no token. */
export type Reason = 'no link' | 'used link' | 'ended' | 'unreachable'

export type Entry = { readonly token: string } | { readonly reason: Reason }

/** Trades the code of the address, if there is one; otherwise goes on with the token of before. */
export async function enter(): Promise<Entry> {
  const code = codeOfAddress()
  if (code !== undefined) {
    history.replaceState(null, '', location.pathname)
    const traded = await trade(code)
    // Someone may have opened the link before. A page that is open already goes on.
    if ('token' in traded) sessionStorage.setItem(KEY, traded.token)
    else if (sessionStorage.getItem(KEY) === null) return traded
  }
  const token = sessionStorage.getItem(KEY)
  return token === null ? { reason: 'no link' } : { token }
}

/** The code of a link in the address; other marks are places of the page. */
export function codeOfAddress(): string | undefined {
  return CODE.exec(location.hash)?.[1]
}

/** Forgets the token. */
export function leave(): void {
  sessionStorage.removeItem(KEY)
}

async function trade(code: string): Promise<Entry> {
  try {
    const response = await fetch('/-/page/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
    if (!response.ok) return { reason: 'used link' }
    // The cast: this host wrote it.
    const { token } = (await response.json()) as PageSession
    return { token }
  } catch {
    return { reason: 'unreachable' }
  }
}
