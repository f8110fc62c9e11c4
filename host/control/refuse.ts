/** The answers of the control plane to requests that it refuses. @module */

import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Refusal } from './contract.ts'

export function refuse(
  context: Context,
  status: ContentfulStatusCode,
  error: string,
  headers: Record<string, string> = {},
): Response {
  return context.json<Refusal>(
    { error, requestId: context.req.header('x-request-id') ?? '' },
    status,
    headers,
  )
}
