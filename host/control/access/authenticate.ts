/**
 * Finds out who sends a request to the control plane.
 *
 * @module
 */

import { isLoopbackHost } from '../loopback.ts'
import type { Access } from './access.ts'
import type { Origin, Principal, TokenScope } from './principal.ts'

/** The part of a request that says who sends it. */
export type RequestHead = Pick<Request, 'headers' | 'url'>

/** A scoped token that was found by its text. */
export type FoundToken =
  | { readonly state: 'valid'; readonly token: TokenScope }
  | { readonly state: 'expired'; readonly name: string; readonly expiresAt: string }
  | Extract<Principal, { state: 'page' }>

/** Finds scoped tokens. A thread that does not keep them asks the one that does. */
export type FindToken = (text: string) => FoundToken | undefined | Promise<FoundToken | undefined>

// The token of a host is any text.
const BEARER = /^Bearer +(.*\S) *$/i

/** @param find - absent where no scoped tokens are kept */
export async function authenticate(
  head: RequestHead,
  access: Access,
  find: FindToken | undefined,
): Promise<Principal> {
  if (access.state === 'local') return { state: 'local' }
  const [, text] = BEARER.exec(head.headers.get('authorization') ?? '') ?? []
  if (text === undefined) return { state: 'stranger', from: originOf(head, access) }
  if (access.state === 'token' && equalInConstantTime(text, access.token)) {
    return { state: 'operator' }
  }
  const found = await find?.(text)
  if (found === undefined) return { state: 'unknown' }
  if (found.state === 'page' && isOfOtherOrigin(head))
    return { state: 'stranger', from: 'other-page' }
  return found.state === 'valid' ? { state: 'token', token: found.token } : found
}

function originOf(head: RequestHead, access: Exclude<Access, { state: 'local' }>): Origin {
  switch (access.state) {
    case 'token':
    case 'tokens':
      return 'anywhere'
    case 'closed':
      return 'closed'
    case 'open':
      if (!isForLoopback(head)) return 'other-name'
      return isFromPage(head) ? 'page' : 'here'
  }
}

/** Whether a page of some website may have sent this. Browsers say so in headers that pages cannot set. */
function isFromPage({ headers }: RequestHead): boolean {
  return headers.has('origin') || (headers.get('sec-fetch-site') ?? 'none') !== 'none'
}

/**
 * Whether a page of another origin than the one it asks has sent this. Browsers say so; a program that is no browser says
 * nothing, or what it likes.
 */
export function isOfOtherOrigin({ headers, url }: RequestHead): boolean {
  const host = headers.get('host') ?? new URL(url).host
  // A proxy in front may speak TLS.
  const own = [null, `http://${host}`, `https://${host}`]
  const site = headers.get('sec-fetch-site') ?? 'none'
  return !own.includes(headers.get('origin')) || (site !== 'none' && site !== 'same-origin')
}

/** Otherwise a website may have made its name resolve to this machine, and its pages would read the answer. */
function isForLoopback({ headers, url }: RequestHead): boolean {
  return isLoopbackHost(headers.get('host') ?? new URL(url).host)
}

/** How long it takes says how long the given text is, and nothing of where it differs. */
function equalInConstantTime(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length
  for (let index = 0; index < given.length; index++) {
    difference |= given.charCodeAt(index) ^ expected.charCodeAt(index % expected.length)
  }
  return difference === 0
}
