/** What the control plane answers when it does not do what it was asked. @module */

import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

export function refuse(
  context: Context,
  status: ContentfulStatusCode,
  error: string,
  headers: Record<string, string> = {},
): Response {
  return context.json(
    { error, requestId: context.req.header('x-request-id') ?? '' },
    status,
    headers,
  )
}
