/** Who sends a request to the control plane, as far as the host knows. @module */

import type { TokenAction } from './action.ts'

/** What a token is for. Patterns as in `runtime/grants/name-pattern.ts`. */
export interface TokenScope {
  readonly name: string
  readonly can: readonly TokenAction[]
  /** Patterns of the names of agents. */
  readonly agents: readonly string[]
  /** Patterns of the routes that deployed agents may take. */
  readonly routes: readonly string[]
  /** Patterns of the host names that deployed agents may take. */
  readonly hosts: readonly string[]
  /** The label of the agents that it deploys. */
  readonly tenant?: string
}

export type Principal =
  /** The user of the host, over a way in that only they can open. */
  | { readonly state: 'local' }
  /** The holder of the token of the host. */
  | { readonly state: 'operator' }
  /** The holder of a scoped token. */
  | { readonly state: 'token'; readonly token: TokenScope }
  /** The page of the operator, opened by a link of this host. */
  | { readonly state: 'page'; readonly session: string }
  | { readonly state: 'expired'; readonly name: string; readonly expiresAt: string }
  /** The bearer of a token that this host does not know: revoked, or never made. */
  | { readonly state: 'unknown' }
  | { readonly state: 'stranger'; readonly from: Origin }

/**
 * Where a request without a token comes from. `here`: a program on this machine, at an open way in. `page`: the page of a
 * website, there. `other-name`: a program or a page that asks for another name than that of this machine, there.
 * `other-page`: a page of another origin, with the token of the page of the operator. `anywhere`: a way in that needs a token. `closed`: a way in without a token of the host.
 */
export type Origin = 'here' | 'page' | 'other-page' | 'other-name' | 'anywhere' | 'closed'

/** A known client: the local user, the holder of a token that holds, or the page of the operator. */
export type Known = Extract<Principal, { state: 'local' | 'operator' | 'token' | 'page' }>

const KNOWN: ReadonlySet<Principal['state']> = new Set<Known['state']>([
  'local',
  'operator',
  'token',
  'page',
])

export function isKnown(principal: Principal): principal is Known {
  return KNOWN.has(principal.state)
}

/**
 * The name of a client in the audit log and in log lines: `control` for the operator, `page` for their page, `token:` and
 * its name for a token.
 */
export function callerOf(principal: Principal): string {
  if (principal.state === 'page') return 'page'
  return principal.state === 'token' ? `token:${principal.token.name}` : 'control'
}
