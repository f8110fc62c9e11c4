/**
 * Lists the small modules that slots of a shape need, for platforms on which they have to be compiled ahead of time.
 *
 * @module
 */
import { smallModulesOf } from '../link/index.ts'
import { floatModule } from './float-bits.ts'
import { helperModule } from './restore-helper.ts'
import type { Shape } from './shape.ts'

/** Returns the bytes of each, some of them twice. */
export function modulesBeside({ plan, suspending, long }: Shape): Uint8Array<ArrayBuffer>[] {
  const own = [helperModule(), floatModule('f32'), floatModule('f64')]
  return [...own, ...smallModulesOf(plan, suspending, long)]
}
