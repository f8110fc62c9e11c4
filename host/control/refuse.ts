/** The answers of the control plane to requests that it refuses. @module */

import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { MayflyError } from '../../runtime/errors/index.ts'
import type { Denial } from './access/index.ts'
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

/** Answers a request with an error that its sender may see, remedy and all. */
export function refuseError(
  context: Context,
  status: ContentfulStatusCode,
  { message, hint }: MayflyError,
): Response {
  if (hint === undefined) return refuse(context, status, message)
  const requestId = context.req.header('x-request-id') ?? ''
  return context.json<Refusal>({ error: `${message}. ${hint}`, hint, requestId }, status)
}

/** Answers a request whose sender may not do what it asks for. */
export function refuseDenied(context: Context, { status, reasons, isTokenBad }: Denial): Response {
  // https://www.rfc-editor.org/rfc/rfc6750#section-3
  const challenge = isTokenBad ? 'Bearer error="invalid_token"' : 'Bearer'
  const headers: Record<string, string> = status === 401 ? { 'www-authenticate': challenge } : {}
  return refuse(context, status, reasons.join('; '), headers)
}
