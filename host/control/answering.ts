/** Errors of a route that its client may see. @module */

import type { Context } from 'hono'
import { isMayflyError, type MayflyErrorCode } from '../../runtime/errors/index.ts'
import { NotPermitted } from './order.ts'
import { refuseDenied, refuseError } from './refuse.ts'

const STATUSES: Readonly<Partial<Record<MayflyErrorCode, 403 | 409 | 503>>> = {
  ERR_POLICY_DENIED: 403,
  ERR_CAPABILITY_DENIED: 409,
  ERR_HOST_UNAVAILABLE: 503,
}

/** Returns what `work` answers, or the refusal for the error that it threw. */
export async function answering(
  context: Context,
  work: () => Response | Promise<Response>,
): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof NotPermitted) return refuseDenied(context, error.denial)
    if (!isMayflyError(error)) throw error
    // The sender is the operator or owns the agent, so the message may be shown.
    return refuseError(context, STATUSES[error.code] ?? 400, error)
  }
}
