/**
 * Finds the functions that may suspend: only these pay for it.
 *
 * @module
 */

import { Signature, type FlatType } from '../../abi/index.ts'
import type { PlanContext } from '../compiled.ts'
import { GateModule, type GateType } from './suspend-gate.ts'
import type { LiftedFunction, Trampoline } from '../plan/link-plan.ts'

/** What may suspend in a plan, for one choice of imports and lifted functions that do. */
export interface Reach {
  /** Lifted functions from which something that suspends can be called. */
  readonly lifts: ReadonlySet<number>
  /** Trampolines that may suspend, each with its place in `gates`. */
  readonly trampolines: ReadonlyMap<number, number>
  /** Absent when nothing suspends. */
  readonly gates: GateModule | undefined
}

/**
 * `suspending` are imports that may return promises, `long` lifted functions that may be suspended while they
 * compute.
 */
export function findReach(
  plan: PlanContext,
  suspending: ReadonlySet<number>,
  long: ReadonlySet<number>,
): Reach {
  const { link, codecs } = plan
  const instances = findInstances(plan, suspending)
  const lifts = new Set<number>()
  for (const [index, { options }] of link.lifts.entries()) {
    if (instances.has(options.instance)) lifts.add(index)
  }
  const trampolines = new Map<number, number>()
  const types: GateType[] = []
  for (const [index, trampoline] of link.trampolines.entries()) {
    if (!suspends(plan, trampoline, suspending, instances) && !callsLong(trampoline, long)) continue
    trampolines.set(index, types.length)
    types.push(
      trampoline.kind === 'lower'
        ? loweredType(new Signature(trampoline.type, codecs), trampoline.options.async)
        : { params: builtinParams(trampoline), result: 'i32' },
    )
  }
  return { lifts, trampolines, gates: types.length > 0 ? new GateModule(types) : undefined }
}

/** Built-ins that may let other tasks run, with the types of their parameters. */
const BUILTINS: Readonly<Partial<Record<Trampoline['kind'], readonly FlatType[]>>> = {
  'waitable-set.wait': ['i32', 'i32'],
  'subtask.cancel': ['i32'],
  yield: [],
}

function builtinParams(trampoline: Trampoline): readonly FlatType[] {
  switch (trampoline.kind) {
    case 'stream':
      return ['i32', 'i32', 'i32']
    case 'future':
      return ['i32', 'i32']
    default:
      return BUILTINS[trampoline.kind] ?? []
  }
}

/** Whether it reads or writes a stream or future, and waits where `async` is as given. */
function isCopy(trampoline: Trampoline, async: boolean): boolean {
  if (trampoline.kind !== 'stream' && trampoline.kind !== 'future') return false
  return trampoline.options?.async === async
}

// By component instance: core code of one instance can call another only through a trampoline.
function findInstances(plan: PlanContext, suspending: ReadonlySet<number>): Set<number> {
  const instances = new Set<number>()
  for (let size = -1; size !== instances.size;) {
    size = instances.size
    for (const trampoline of plan.link.trampolines) {
      if (trampoline.kind === 'lower') {
        const { options } = trampoline
        // A call lowered with `async` returns at once. Only an instance that then waits inside needs a stack.
        const waits = options.async && waitsInside(plan, options.instance)
        if (waits || suspends(plan, trampoline, suspending, instances)) {
          instances.add(options.instance)
        }
      } else if ('instance' in trampoline) {
        const { instance, kind } = trampoline
        const waits =
          (plan.concurrent && kind in BUILTINS) ||
          isCopy(trampoline, false) ||
          (isCopy(trampoline, true) && waitsInside(plan, instance))
        if (waits) instances.add(instance)
      }
    }
  }
  return instances
}

/**
 * Whether code of `instance` can wait for a call that it started, other than by returning from a callback.
 *
 * `subtask.cancel` is not such a wait where one task runs alone: calls of the host end as soon as they are cancelled.
 */
function waitsInside({ link, concurrent }: PlanContext, instance: number): boolean {
  const isStackful = ({ options }: LiftedFunction): boolean =>
    options.instance === instance && options.async && options.callback === undefined
  return (
    concurrent ||
    link.lifts.some(isStackful) ||
    link.trampolines.some((each) => each.kind === 'waitable-set.wait' && each.instance === instance)
  )
}

/** Whether a component calls another with it that may have to let others have their turn. */
function callsLong(trampoline: Trampoline, long: ReadonlySet<number>): boolean {
  if (trampoline.kind !== 'lower') return false
  const { target } = trampoline
  return target.kind === 'lift' && long.has(target.index)
}

function loweredType(signature: Signature, isAsync: boolean): GateType {
  return isAsync ? signature.asyncLoweredType : signature.loweredType
}

function suspends(
  { link: { lifts }, concurrent }: PlanContext,
  trampoline: Trampoline,
  suspending: ReadonlySet<number>,
  instances: ReadonlySet<number>,
): boolean {
  switch (trampoline.kind) {
    case 'waitable-set.wait':
      return instances.has(trampoline.instance)
    case 'yield':
      return concurrent
    case 'stream':
    case 'future':
      return isCopy(trampoline, false)
    case 'subtask.cancel':
      return concurrent && trampoline.async !== true
    case 'lower': {
      const { target, type, options } = trampoline
      if (options.async) return false
      if (target.kind === 'import') return suspending.has(target.index)
      const callee = lifts[target.index]?.options.instance
      return (concurrent && type.async) || (callee !== undefined && instances.has(callee))
    }
    default:
      return false
  }
}
