/**
 * Decides which requests may reach the control plane.
 *
 * @module
 */

import type { Context, MiddlewareHandler } from 'hono'
import { isLoopbackHost } from './loopback.ts'
import { refuse } from './refuse.ts'

/**
 * `open`: any client (loopback host). `token`: the bearer of the token. `closed`: no client (public address, no token
 * set).
 */
export type Access =
  | { readonly state: 'open' }
  | { readonly state: 'token'; readonly token: string }
  | { readonly state: 'closed' }

/** @param open - paths that are for anyone */
export function authorize(
  access: Access,
  open: ReadonlySet<string> = new Set(),
): MiddlewareHandler {
  return async function authorize(context: Context, next): Promise<Response | void> {
    if (open.has(context.req.path)) return next()
    if (access.state === 'open') {
      if (isAuthorized(access, context.req.raw)) return next()
      const isRead = SAFE_METHODS.has(context.req.method)
      // A page may have this sent, but not read the answer: unless it comes from the name that it asks.
      if (isRead && isForLoopback(context.req.raw)) return next()
      const what = isRead ? 'requests to another name' : 'changes from a browser'
      return refuse(context, 403, `${what} need a token`)
    }
    if (access.state === 'closed') return refuse(context, 403, 'control plane is closed')
    if (isAuthorized(access, context.req.raw)) return next()
    return refuse(context, 401, 'token required', { 'www-authenticate': 'Bearer' })
  }
}

/** Whether the sender of the request may change something. */
export function isAuthorized(access: Access, request: Pick<Request, 'headers' | 'url'>): boolean {
  switch (access.state) {
    case 'open':
      return !isFromBrowser(request)
    case 'closed':
      return false
    case 'token':
      return equalInConstantTime(
        request.headers.get('authorization') ?? '',
        `Bearer ${access.token}`,
      )
  }
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * Whether a page of some website may have sent this: to this machine's own address, or to a name that it has
 * made resolve to it. Browsers say so in headers that pages cannot set.
 */
function isFromBrowser(request: Pick<Request, 'headers' | 'url'>): boolean {
  const { headers } = request
  const site = headers.get('sec-fetch-site') ?? 'none'
  return headers.has('origin') || site !== 'none' || !isForLoopback(request)
}

function isForLoopback({ headers, url }: Pick<Request, 'headers' | 'url'>): boolean {
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
