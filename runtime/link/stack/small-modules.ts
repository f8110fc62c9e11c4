/**
 * Lists the small modules that calls of a plan need, for platforms on which they have to be compiled ahead of time.
 *
 * @module
 */

import { CALLBACK } from '../call/bound-lift.ts'
import type { CompiledPlan } from '../compile.ts'
import { ABORT_MODULE } from './abort.ts'
import { canSuspend, landingModule } from './landing.ts'

/** Returns the bytes of each, some of them twice. `suspending` and `long` are as for `plan.reachOf`. */
export function smallModulesOf(
  plan: CompiledPlan,
  suspending: ReadonlySet<number>,
  long: ReadonlySet<number>,
): Uint8Array<ArrayBuffer>[] {
  if (!canSuspend()) return [ABORT_MODULE]
  const { gates } = plan.reachOf(suspending, long)
  const landings = plan.lifts.flatMap(({ signature, definition: { options } }) => {
    const hasCallback = options.callback !== undefined
    const own = landingModule(signature.liftedType(options.async, hasCallback))
    return hasCallback ? [own, landingModule(CALLBACK)] : [own]
  })
  return [ABORT_MODULE, ...landings, ...(gates === undefined ? [] : [gates.bytes])]
}
