/** `/-/page`: how the page of the operator is opened, and its events while it is open. @module */

import { isOfOtherOrigin } from './access/index.ts'
import { answering } from './answering.ts'
import type { HostState, PageKeeper } from './host.ts'
import type { PageLink, PageSession } from './page-contract.ts'
import { refuse } from './refuse.ts'
import type { Exchange, Route, Routes } from './routes.ts'

const SECRET = { 'cache-control': 'no-store' }
// A code has 22 letters.
const MAX_CODE_LENGTH = 64

export const PAGE_ROUTES: Routes<HostState> = {
  '/-/page/links': {
    POST: route('admin', ({ context }, page) =>
      answering(context, () => context.json<PageLink>(page.link(), 201, SECRET)),
    ),
  },
  '/-/page/session': {
    POST: {
      ...route('anyone', async ({ context }, page) => {
        const code = await codeOf(context)
        if (code === undefined) return refuse(context, 400, 'expected { "code": … } in JSON')
        if (isOfOtherOrigin(context.req.raw))
          return refuse(context, 403, 'a link is opened by the page itself')
        const opened = page.open(code)
        if (opened.state === 'opened') return context.json<PageSession>(opened.session, 201, SECRET)
        if (opened.state === 'too many')
          return refuse(context, 429, 'too many wrong codes', { 'retry-after': '60' })
        return refuse(context, 401, 'the link was used before, or its time has passed')
      }),
      // A stranger may send it.
      maxBodyBytes: 1_024,
    },
    DELETE: route('operate', ({ context, principal }, page) => {
      if (principal.state === 'page') page.end(principal.session)
      return context.body(null, 204)
    }),
  },
  '/-/page/events': {
    // Lines of agents are in it: not for everyone on this machine.
    GET: route('operate', ({ context, principal }, page) => {
      if (new URL(context.req.url).search !== '') return refuse(context, 400, 'no query is known')
      const isAllowed = (): boolean => principal.state !== 'page' || page.holds(principal.session)
      const stream = page.follow(isAllowed)
      if (stream === undefined) return refuse(context, 503, 'too many pages are open')
      return context.body(stream, 200, {
        'content-type': 'text/event-stream; charset=utf-8',
        ...SECRET,
      })
    }),
  },
}

function route(
  needs: Route<HostState>['needs'],
  answer: (exchange: Exchange, page: PageKeeper) => Response | Promise<Response>,
): Route<HostState> {
  return {
    needs,
    of: 'host',
    answer: (exchange, { page }) =>
      page === undefined
        ? refuse(exchange.context, 404, 'the page is on control.sock and --control-port')
        : answer(exchange, page),
  }
}

async function codeOf({ req }: Exchange['context']): Promise<string | undefined> {
  const body: unknown = await req.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || !('code' in body)) return undefined
  const { code } = body
  return typeof code === 'string' && code.length <= MAX_CODE_LENGTH ? code : undefined
}
