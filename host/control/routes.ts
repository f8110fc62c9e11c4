/**
 * Routes of the control plane, and the check before each: a route says what a client needs for it, and is not reached
 * without.
 *
 * @module
 */

import type { Context, Hono, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import {
  authenticate,
  callerOf,
  denialOf,
  isKnown,
  type Access,
  type Action,
  type Deed,
  type FindToken,
  type Principal,
} from './access/index.ts'
import { CallerTurns } from './caller-turns.ts'
import { MAX_OTHER_BYTES } from './held-body.ts'
import { logAnswer, type ControlLog } from './log-answer.ts'
import { refuse, refuseDenied } from './refuse.ts'

/** A request on its way through the control plane. */
export interface Exchange {
  readonly context: Context
  readonly principal: Principal
  /** The agent that the path names; empty where it names none. */
  readonly agent: string
}

/** One method of one path. */
export interface Route<State> {
  /** What a client needs; nothing for `anyone`. */
  readonly needs: Action | 'anyone'
  /**
   * Another action that will do.
   *
   * @default none
   */
  readonly or?: Action
  /**
   * What it is about: the agent that `:name` of the path stands for, a list from which `answer` leaves out what the
   * principal may not see, or the whole host.
   */
  readonly of: 'agent' | 'agents' | 'host'
  /**
   * The most bytes of a body. `of the agent`: `answer` reads the body, within the bound of an agent.
   *
   * @default 65_536
   */
  readonly maxBodyBytes?: number | 'of the agent'
  readonly answer: (exchange: Exchange, state: State) => Response | Promise<Response>
}

/** Routes by path, then by method. A path answers other methods with 405 and those it has. */
export type Routes<State> = Readonly<Record<string, Readonly<Record<string, Route<State>>>>>

export interface RoutesOptions<State> {
  readonly routes: Routes<State>
  /** Passed on to each route. */
  readonly state: State
  readonly access: Access
  /** Finds scoped tokens. Absent where none are kept. */
  readonly findToken: FindToken | undefined
  readonly log: ControlLog | undefined
}

// Names of grants, scopes of tokens; a manifest comes with a deploy.
const MAX_BODY_BYTES = 65_536

/** What the routes of one request share. */
export type ControlEnvironment = { Variables: { principal: Principal } }

export function addRoutes<State>(
  app: Hono<ControlEnvironment>,
  { routes, state, access, findToken, log }: RoutesOptions<State>,
): void {
  app.use(async function identify(context, next) {
    context.set('principal', await authenticate(context.req.raw, access, findToken))
    await next()
    if (log !== undefined) logAnswer(log, context, context.get('principal'))
  })
  const turns = new CallerTurns()
  for (const [path, methods] of Object.entries(routes)) {
    for (const [method, route] of Object.entries(methods)) {
      app.on(method, path, check(route), inTurn(route, turns), bound(route), (context) =>
        route.answer(exchangeOf(context), state),
      )
    }
    const allow = Object.keys(methods).flatMap((method) =>
      method === 'GET' ? ['GET', 'HEAD'] : [method],
    )
    app.all(path, lookOnly, (context) =>
      refuse(context, 405, `method ${context.req.method} not allowed`, { allow: allow.join(', ') }),
    )
  }
  app.all('*', lookOnly)
  app.notFound((context) => refuse(context, 404, `nothing at ${context.req.path}`))
  app.onError((_, context) => refuse(context, 500, 'internal error'))
}

function check({
  needs,
  or,
  of,
}: Pick<Route<never>, 'needs' | 'or' | 'of'>): MiddlewareHandler<ControlEnvironment> {
  return async function check(context, next): Promise<Response | void> {
    if (needs === 'anyone') return next()
    const { principal, agent } = exchangeOf(context)
    const deed: Omit<Deed, 'actions'> = { of: of === 'agent' ? { agent } : of }
    const isOther =
      or !== undefined && denialOf(principal, { ...deed, actions: [or] }) === undefined
    const denial = isOther ? undefined : denialOf(principal, { ...deed, actions: [needs] })
    return denial === undefined ? next() : refuseDenied(context, denial)
  }
}

/** What is not there: a stranger learns that only where it may read. */
const lookOnly: MiddlewareHandler<ControlEnvironment> = async function lookOnly(context, next) {
  const principal = context.get('principal')
  const denial = isKnown(principal)
    ? undefined
    : denialOf(principal, { actions: ['read'], of: 'agents' })
  return denial === undefined ? next() : refuseDenied(context, denial)
}

/** A large body is read when its sender holds few others. */
function inTurn(
  { maxBodyBytes = MAX_BODY_BYTES }: Pick<Route<never>, 'maxBodyBytes'>,
  turns: CallerTurns,
): MiddlewareHandler<ControlEnvironment> {
  if (maxBodyBytes === 'of the agent' || maxBodyBytes <= MAX_OTHER_BYTES) return (_, next) => next()
  return (context, next) => turns.take(callerOf(context.get('principal')), next)
}

/** After the check of the sender, so that a stranger cannot make the host hold a body. */
function bound({
  maxBodyBytes = MAX_BODY_BYTES,
}: Pick<Route<never>, 'maxBodyBytes'>): MiddlewareHandler {
  if (maxBodyBytes === 'of the agent') return (_, next) => next()
  return bodyLimit({
    maxSize: maxBodyBytes,
    onError: (context) => refuse(context, 413, 'request body too large'),
  })
}

function exchangeOf(context: Context<ControlEnvironment>): Exchange {
  return {
    context,
    principal: context.get('principal'),
    agent: context.req.param('name') ?? '',
  }
}

/** `?allowNewCapabilities`, unless it says no. */
export function isAllowingNew({ context }: Exchange): boolean {
  const value = context.req.query('allowNewCapabilities')
  return value !== undefined && value !== 'false'
}

export function noAgent({ context, agent }: Exchange): Response {
  return refuse(context, 404, `no agent "${agent}"`)
}
