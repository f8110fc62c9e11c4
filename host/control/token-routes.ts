/** `/-/tokens`: the scoped tokens of a host, for its operator only. @module */

import { answering } from './answering.ts'
import type { NewToken, TokenList, TokenSummary } from './contract.ts'
import type { HostState, TokenKeeper } from './host.ts'
import { orderOf } from './order.ts'
import { refuse } from './refuse.ts'
import type { Exchange, Route, Routes } from './routes.ts'
import { parseTokenRequest } from './token-request.ts'

export const TOKEN_ROUTES: Routes<HostState> = {
  '/-/tokens': {
    GET: route(({ context }, tokens) => context.json<TokenList>({ tokens: tokens.list() })),
    POST: route(async ({ context, principal }, tokens) => {
      const wanted = parseTokenRequest(await context.req.json().catch(() => undefined))
      const made = tokens.create(wanted, orderOf(principal))
      // Its text is here and nowhere else.
      return context.json<NewToken>(made, 201, { 'cache-control': 'no-store' })
    }),
  },
  '/-/tokens/:name': {
    DELETE: route(({ context, principal }, tokens) => {
      const name = context.req.param('name') ?? ''
      const revoked = tokens.revoke(name, orderOf(principal))
      return revoked === undefined
        ? refuse(context, 404, `no token "${name}"`)
        : context.json<TokenSummary>(revoked)
    }),
  },
}

function route(
  answer: (exchange: Exchange, tokens: TokenKeeper) => Response | Promise<Response>,
): Route<HostState> {
  return {
    needs: 'admin',
    of: 'host',
    answer(exchange, { tokens }) {
      const { context } = exchange
      if (tokens === undefined) return refuse(context, 404, 'this host keeps no tokens')
      return answering(context, () => answer(exchange, tokens))
    },
  }
}
