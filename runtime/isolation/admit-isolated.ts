/**
 * Refuses agents that would work less well in the process of a group than on the serving thread, by the reason.
 *
 * @module
 */
import { LIFT_BUDGET_BYTES } from '../abi/index.ts'
import type { SiteRequest } from '../agents/index.ts'
import { MayflyError } from '../errors/index.ts'

// It takes the body of a request as one value. Other handlers read it in pieces.
const WHOLE_BODIES = 'mayfly:agent/handler'

/** @throws {MayflyError} ERR_COMPONENT_UNSUPPORTED */
export function admitIsolated({ manifest, plan }: Pick<SiteRequest, 'manifest' | 'plan'>): void {
  const { name, limits } = manifest
  const takesWhole = plan.exports.some((each) => each.name.startsWith(WHOLE_BODIES))
  if (!takesWhole || limits.requestBodyBytes <= LIFT_BUDGET_BYTES) return
  throw new MayflyError(
    'ERR_COMPONENT_UNSUPPORTED',
    `Cannot isolate agent "${name}": its requests may have ${limits.requestBodyBytes} bytes, ${LIFT_BUDGET_BYTES} can be passed to another process`,
    {
      hint: `Set limits.requestBodyBytes in the agent.json of "${name}" to ${LIFT_BUDGET_BYTES} at most, or serve it without --isolate`,
      facts: { agent: name },
    },
  )
}
