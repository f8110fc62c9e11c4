/**
 * Finds state that one call of a module leaves to the next.
 *
 * @module
 */
import { analyzeModule } from '../../binary/index.ts'
import { collectState, type CoreState } from '../core-state.ts'
import { differences } from '../differences.ts'
import { Stamper } from '../stamper.ts'
import { callExport, moduleSlot } from './module-slot.ts'

/** Says where memory differs from the image after a call and a stamp, for the first argument where it does. */
export function memoryLeak(
  bytes: Uint8Array<ArrayBuffer>,
  calls: readonly number[],
): string | undefined {
  const slot = moduleSlot(bytes, { marks: true, fuel: true, undoGrowth: true })
  const image = slot.stamper.capture()
  for (const argument of calls) {
    slot.meter.begin()
    slot.call('run', argument)
    if (slot.stamper.stamp(image) === 'discard') return 'the slot cannot be stamped again'
    const [first] = differences(slot.stamper.state, image, slot.store)
    if (first !== undefined) return `run(${argument}): ${first}`
  }
  return undefined
}

export interface StateLeakOptions {
  /**
   * The wrong state that a stamper with a planted mistake sees.
   *
   * @default the true state
   */
  mistake?: (state: CoreState) => CoreState
  /**
   * Stamps although the analysis gives a reason not to.
   *
   * @default no reason is passed over
   */
  ignore?: RegExp
}

/**
 * Says which answer a call gave that differs from that of a new instance, when calls before it had the same
 * slot. Nothing for a module that cannot be stamped.
 */
export function stateLeak(
  bytes: Uint8Array<ArrayBuffer>,
  calls: readonly number[],
  { mistake = (state) => state, ignore }: StateLeakOptions = {},
): string | undefined {
  const { reasons, mutatedTables } = analyzeModule(bytes)
  if (reasons.some((reason) => ignore?.test(reason) !== true)) return undefined
  const make = () => {
    const slot = moduleSlot(bytes, { marks: true, fuel: true, undoGrowth: true })
    const state = collectState([slot.instance], { tables: mutatedTables.length > 0 })
    const stamper = new Stamper(mistake(state), slot.store)
    return { slot, stamper, image: stamper.capture() }
  }
  let current = make()
  for (const argument of calls) {
    const fresh = new WebAssembly.Instance(new WebAssembly.Module(bytes))
    const expected = callExport(fresh, 'run', [argument])
    current.slot.meter.begin()
    const answer = current.slot.call('run', argument)
    if (answer !== expected) return `run(${argument}): ${String(answer)}, new: ${String(expected)}`
    // A slot is never used again after its guest trapped or its table grew.
    const used = typeof answer === 'number' && !current.stamper.outgrown
    if (!used || current.stamper.stamp(current.image) === 'discard') current = make()
  }
  return undefined
}
