/**
 * How much of a body a thread holds that only passes requests of the control plane on.
 *
 * The thread that answers has the rules for each route. This one must not hold megabytes for a sender who will be refused.
 *
 * @module
 */

import { denialOf, isKnown, type Principal } from './access/index.ts'
import { MAX_DEPLOY_BYTES } from './deploy-request.ts'

/** The path of deploys. */
const DEPLOYS = '/-/agents'
// More than any body without a component; the bound of each route is lower.
export const MAX_OTHER_BYTES = 1_048_576

/** @returns 0 when the head of the request is enough to refuse it */
export function heldBodyBytes(principal: Principal, path: string): number {
  if (!isKnown(principal)) return 0
  if (path !== DEPLOYS) return MAX_OTHER_BYTES
  const denial = denialOf(principal, { actions: ['deploy'], of: 'agents' })
  return denial === undefined ? MAX_DEPLOY_BYTES : 0
}
