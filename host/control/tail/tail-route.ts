/** The route of the live events. @module */

import { isSeen, type Principal } from '../access/index.ts'
import type { HostState, TokenKeeper } from '../host.ts'
import { refuse } from '../refuse.ts'
import type { Exchange, Routes } from '../routes.ts'
import { isWanted, TAIL_LEVELS, tailFilterOf } from './tail-event.ts'

export const TAIL_ROUTES: Routes<HostState> = {
  '/-/tail': { GET: { needs: 'read', of: 'agents', answer } },
}

function answer({ context, principal }: Exchange, { tail, tokens }: HostState): Response {
  const filter = tailFilterOf(new URL(context.req.url).searchParams)
  if (filter === undefined) {
    const levels = TAIL_LEVELS.join(', ')
    return refuse(context, 400, `expected agent, denied, or level of ${levels}, in the query`)
  }
  // A worker passes whole answers on, and this one has no end.
  if (tail === undefined) return refuse(context, 404, 'tail is on control.sock and --control-port')
  const stream = tail.listen({
    wants: (event) =>
      isWanted(filter, event) &&
      // The holder of a token learns nothing of requests that found no agent.
      (event.agent === undefined ? principal.state !== 'token' : isSeen(principal, event.agent)),
    isAllowed: allowance(principal, tokens),
  })
  if (stream === undefined) return refuse(context, 503, 'too many clients follow this host')
  return context.body(stream, 200, {
    'content-type': 'application/x-ndjson',
    'cache-control': 'no-store',
  })
}

/** Whether the token that was sent still holds, by its name and when it was made. */
function allowance(principal: Principal, tokens: TokenKeeper | undefined): () => boolean {
  if (principal.state !== 'token') return () => true
  const { name } = principal.token
  const find = () => tokens?.list().find((each) => each.name === name)
  const first = find()
  return () => {
    const now = find()
    return (
      now !== undefined &&
      now.createdAt === first?.createdAt &&
      Date.parse(now.expiresAt) > Date.now()
    )
  }
}
