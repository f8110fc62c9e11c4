/**
 * Decides what a principal may do. Pure: all facts come in, and the answer is nothing or each reason why not.
 *
 * @module
 */

import { matchesName, matchesRoute, matchingPattern } from '../../../runtime/grants/index.ts'
import type { Action } from './action.ts'
import type { Origin, Principal, TokenScope } from './principal.ts'

/** What a request wants to do. */
export interface Deed {
  /** All that it needs. */
  readonly actions: readonly Action[]
  /** What it is about: one agent, a list that holds only what the principal may see, or the whole host. */
  readonly of: { readonly agent: string } | 'agents' | 'host'
  /**
   * Routes that the agent would take.
   *
   * @default none
   */
  readonly routes?: readonly string[]
  /**
   * Host names that the agent would take.
   *
   * @default none
   */
  readonly hosts?: readonly string[]
  /**
   * Agents that the agent would be let call.
   *
   * @default none
   */
  readonly tools?: readonly string[]
}

/** Why a request is refused. */
export interface Denial {
  /** 401 when another token might help, 403 when this client may not do it. */
  readonly status: 401 | 403
  /** Never empty. */
  readonly reasons: readonly string[]
  /** Whether a token was sent that does not hold. */
  readonly isTokenBad: boolean
}

/** Actions of programs on this machine that send no token, where the host has none. They change nothing. */
const OPEN_ACTIONS: ReadonlySet<Action> = new Set<Action>(['read', 'call'])

/** Actions of the page of the operator. A stolen token of it deploys nothing and gives no grant back. */
const PAGE_ACTIONS: ReadonlySet<Action> = new Set<Action>(['read', 'operate'])

const NO_TOKEN =
  'a change over TCP needs a token: use control.sock of the data directory, as "mayfly control" does, or start the host with MAYFLY_TOKEN'
const CLOSED = 'the control plane is closed: others reach this address, and MAYFLY_TOKEN is not set'

/** Returns why `principal` may not do it; `undefined` when it may. */
export function denialOf(principal: Principal, deed: Deed): Denial | undefined {
  switch (principal.state) {
    case 'local':
    case 'operator':
      return undefined
    case 'token': {
      const reasons = reasonsAgainst(principal.token, deed)
      return reasons.length === 0 ? undefined : { status: 403, reasons, isTokenBad: false }
    }
    case 'page': {
      const beyond = deed.actions.filter((action) => !PAGE_ACTIONS.has(action))
      const reasons = beyond.map((action) => `the page may read and operate: not ${action}`)
      return reasons.length === 0 ? undefined : { status: 403, reasons, isTokenBad: false }
    }
    case 'expired': {
      const { name, expiresAt } = principal
      return badToken(`token "${name}" expired at ${expiresAt}`)
    }
    case 'unknown':
      return badToken('this host does not know the token: it was revoked, or is of another host')
    case 'stranger':
      return denialOfStranger(principal.from, deed.actions)
  }
}

/** Whether a list for `principal`, which may have the list, holds an agent. */
export function isSeen(principal: Principal, agent: string): boolean {
  return principal.state !== 'token' || isOfToken(principal.token, agent)
}

function isOfToken({ agents }: TokenScope, agent: string): boolean {
  return matchingPattern(agents, agent) !== undefined
}

/** Each reason, so that its holder can ask for all of it at once. */
function reasonsAgainst(token: TokenScope, deed: Deed): string[] {
  const { actions, of, routes = [], hosts = [], tools = [] } = deed
  const title = `token "${token.name}"`
  const reasons = actions.flatMap((action) => {
    if (action === 'admin') return [`${title} may not do what only the operator may`]
    return token.can.includes(action) ? [] : [`${title} may ${token.can.join(', ')}: not ${action}`]
  })
  if (of === 'host')
    reasons.push(`${title} is for agents ${list(token.agents)}: not the whole host`)
  else if (of !== 'agents' && !isOfToken(token, of.agent)) {
    reasons.push(`${title} is for agents ${list(token.agents)}: not "${of.agent}"`)
  }
  reasons.push(
    ...outside(routes, token.routes, matchesRoute).map(
      (route) => `${title} is for routes ${list(token.routes)}: not "${route}"`,
    ),
    ...outside(hosts, token.hosts, matchesName).map(
      (host) => `${title} is for hosts ${list(token.hosts)}: not "${host}"`,
    ),
    ...outside(tools, token.agents, matchesName).map(
      (tool) => `${title} is for agents ${list(token.agents)}: not the tool "${tool}"`,
    ),
  )
  return reasons
}

function outside(
  names: readonly string[],
  patterns: readonly string[],
  matches: typeof matchesName,
): string[] {
  return names.filter((name) => !patterns.some((pattern) => matches(pattern, name)))
}

function list(patterns: readonly string[]): string {
  return patterns.length === 0 ? '(none)' : patterns.join(', ')
}

function denialOfStranger(from: Origin, actions: readonly Action[]): Denial | undefined {
  switch (from) {
    case 'here':
      return actions.every((action) => OPEN_ACTIONS.has(action)) ? undefined : denial(401, NO_TOKEN)
    case 'page':
      return denial(403, 'requests from a browser need a token')
    case 'other-page':
      return denial(403, 'the token of the page holds for that page only')
    case 'other-name':
      return denial(403, 'requests to another name need a token')
    case 'anywhere':
      return denial(401, 'token required')
    case 'closed':
      return denial(403, CLOSED)
  }
}

function denial(status: Denial['status'], reason: string): Denial {
  return { status, reasons: [reason], isTokenBad: false }
}

function badToken(reason: string): Denial {
  return { status: 401, reasons: [reason], isTokenBad: true }
}
