/**
 * Chooses how the requests of a component are served, once a load, by its exports.
 *
 * @module
 */
import type { RequestHandler } from '../host-module/index.ts'
import { agentHandler, agentHeadHandler } from './agent-handler.ts'
import { exchangeHandler } from './exchange-handler.ts'
import { HANDLER_EXPORTS, interfaceOf } from './exports.ts'
import type { Handler } from './handler.ts'

export interface HandlerOptions {
  /**
   * Whether the component reads bodies of requests itself, where it exports `mayfly:agent/handler`.
   *
   * @default false
   */
  readonly takesHead?: boolean
}

/**
 * Returns the handler for the export that comes first in `HANDLER_EXPORTS`. A component without any is served as if it
 * exported `mayfly:agent/handler`: each request ends with ERR_EXPORT_MISSING.
 *
 * @param exports - names of the component's exports, with or without version
 * @param standard - handlers for exports of standards; a handler with an unlisted export comes last
 */
export function handlerFor(
  exports: readonly string[],
  standard: readonly RequestHandler[],
  { takesHead = false }: HandlerOptions = {},
): Handler {
  const own = takesHead ? agentHeadHandler : agentHandler
  const exported = new Set(exports.map((name) => name.replace(/@.*/, '')))
  const [first = own] = [own, ...standard.map(exchangeHandler)]
    .filter((handler) => exported.has(interfaceOf(handler.export)))
    .toSorted((one, other) => rankOf(one) - rankOf(other))
  return first
}

/** Its place in the order of preference. */
function rankOf(handler: Handler): number {
  const rank = HANDLER_EXPORTS.indexOf(handler.export)
  return rank === -1 ? HANDLER_EXPORTS.length : rank
}
