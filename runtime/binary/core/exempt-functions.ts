/**
 * Finds functions that need not pay fuel on entry: their callers pay for them.
 *
 * Only a cycle can run for ever. Loops pay at each jump back, so it is enough that on every cycle of calls some
 * function pays on entry. A function that is called again before it is decided lies on a cycle and pays. A function
 * that can be reached without a direct call, through a table or from outside, pays if it may itself lead there,
 * because this analysis cannot see the steps in between. The rest do not pay, as long as they are cheap: a caller
 * pays for a whole function, even if only a part of it runs.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import type { CoreModule, Range } from './core-module.ts'
import { skipValueType } from './core-types.ts'
import { exposedFunctions } from './element-section.ts'
import { cost, CREDIT, INDIRECT_CALL, UNIT } from './fuel-tracker.ts'
import { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'

/** Beyond this the charge for a call would differ too much from its true cost. */
const MAX_EXEMPT_COST = 2000
/** No body of more bytes is looked at: it is hardly ever cheap enough. */
const MAX_EXEMPT_BYTES = 3000
/** Calls that are followed: modules can nest them deeper than the host's own stack allows. */
const MAX_DEPTH = 100

/** How a function is paid for. */
export interface Payment {
  /** The fuel that its callers pay for a call. */
  readonly cost: number
  /** It pays for itself before it calls anything; its callers pay for its work outside of calls. */
  readonly pays: boolean
  /** It may call unknown functions before anything is paid. */
  readonly escapes: boolean
  /** Nothing pays on entry that it calls. */
  readonly closed: boolean
}

const PAYS: Payment = { cost: INDIRECT_CALL, pays: true, escapes: false, closed: false }
/** Its module, or the host, may call anything that is exposed. */
const IMPORTED: Payment = { cost: INDIRECT_CALL, pays: false, escapes: true, closed: false }

/** Returns a function from the index of a function to how it is paid for. */
export function exemptFunctions(module: CoreModule): (index: number) => Payment {
  const exposed = exposedFunctions(module)
  const verdicts = new Map<number, Payment>()
  const open = new Set<number>()
  const cyclic = new Set<number>()

  function decide(index: number): Payment {
    if (index < module.importedFunctions) return IMPORTED
    const known = verdicts.get(index)
    if (known !== undefined) return known
    if (open.has(index)) {
      cyclic.add(index)
      return PAYS
    }
    open.add(index)
    const range = module.code[index - module.importedFunctions]
    const measured = range === undefined || open.size > MAX_DEPTH ? PAYS : measure(range)
    open.delete(index)
    const unseen = exposed.has(index) && (measured.escapes || measured.cost > INDIRECT_CALL)
    const verdict = unseen || cyclic.has(index) ? PAYS : measured
    verdicts.set(index, verdict)
    return verdict
  }

  function measure(range: Range): Payment {
    if (range.end - range.start > MAX_EXEMPT_BYTES) return PAYS
    const reader = new ByteReader(module.bytes, range.start, range.end, 'core module')
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.u32()
      skipValueType(reader)
    }
    let total = 0
    let escapes = false
    let closed = true
    let loops = false
    const instructions = new InstructionReader(module.bytes, reader.offset, range.end)
    while (instructions.next()) {
      const { opcode, first } = instructions
      let detail = INDIRECT_CALL
      loops ||= opcode === OP.loop
      if (opcode === OP.call || opcode === OP.returnCall) {
        const verdict = decide(first)
        detail = verdict.cost
        escapes ||= verdict.escapes
        closed &&= verdict.closed
      } else if (UNSEEN_CALLS.has(opcode)) {
        escapes = true
        closed = false
      } else if (opcode === OP.throw) detail = module.tags.arities[first] ?? 0
      total += cost(opcode, detail)
      if (total > MAX_EXEMPT_COST) return PAYS
    }
    return { cost: total + (loops ? CREDIT * UNIT : 0), pays: false, escapes, closed }
  }

  return decide
}

const UNSEEN_CALLS: ReadonlySet<number> = new Set([
  OP.callIndirect,
  OP.callRef,
  OP.returnCallIndirect,
  OP.returnCallRef,
])
