/**
 * Works out what may suspend: only that pays for it.
 *
 * @module
 */

import { Signature } from '../abi/index.ts'
import type { CompiledPlan } from './compile.ts'
import { GateModule, type GateType } from './gate.ts'
import type { LinkPlan, Trampoline } from './plan.ts'

export interface Reach {
  /** Lifted functions from which something that suspends can be called. */
  readonly lifts: ReadonlySet<number>
  /** Trampolines that may suspend, each with its place in `gates`. */
  readonly trampolines: ReadonlyMap<number, number>
  /** Absent when nothing suspends. */
  readonly gates: GateModule | undefined
}

export function findReach(plan: CompiledPlan, suspending: ReadonlySet<number>): Reach {
  const { link, codecs } = plan
  const instances = findInstances(link, suspending)
  const lifts = new Set<number>()
  for (const [index, { options }] of link.lifts.entries()) {
    if (instances.has(options.instance)) lifts.add(index)
  }
  const trampolines = new Map<number, number>()
  const types: GateType[] = []
  for (const [index, trampoline] of link.trampolines.entries()) {
    if (!suspends(link, trampoline, suspending, instances)) continue
    trampolines.set(index, types.length)
    types.push(
      trampoline.kind === 'lower'
        ? new Signature(trampoline.type, codecs).loweredType
        : { params: ['i32', 'i32'], result: 'i32' },
    )
  }
  return { lifts, trampolines, gates: types.length > 0 ? new GateModule(types) : undefined }
}

// By component instance: core code of one instance can call another only through a trampoline.
function findInstances(link: LinkPlan, suspending: ReadonlySet<number>): Set<number> {
  const instances = new Set<number>()
  for (let size = -1; size !== instances.size;) {
    size = instances.size
    for (const trampoline of link.trampolines) {
      if (trampoline.kind !== 'lower') continue
      const { options } = trampoline
      if (options.async || suspends(link, trampoline, suspending, instances)) {
        instances.add(options.instance)
      }
    }
  }
  return instances
}

function suspends(
  { lifts }: LinkPlan,
  trampoline: Trampoline,
  suspending: ReadonlySet<number>,
  instances: ReadonlySet<number>,
): boolean {
  if (trampoline.kind === 'waitable-set.wait') return instances.has(trampoline.instance)
  if (trampoline.kind !== 'lower' || trampoline.options.async) return false
  const { target } = trampoline
  if (target.kind === 'import') return suspending.has(target.index)
  const callee = lifts[target.index]?.options.instance
  return callee !== undefined && instances.has(callee)
}
