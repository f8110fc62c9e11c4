/**
 * Loads a component behind the wall: reads, rewrites, compiles and initialises it. A separate thread of the process does
 * that where there is one, so that no call of the group waits for it.
 *
 * @module
 */
import {
  callsTooEarly,
  type ComponentCompiler,
  type Dispatch,
  type PreparedSandbox,
  type Sandboxes,
} from '../agents/index.ts'
import type { LinkPlan } from '../link/index.ts'
import type { Manifest } from '../manifest/index.ts'
import { bridgeOf, Crossing, crossingPlan, type CrossingPlan } from './crossing.ts'
import { ForeignState } from './foreign.ts'

/** What the host sends to have an agent loaded: data that threads can send each other. */
export interface ResidentRequest {
  readonly manifest: Manifest
  readonly component: Uint8Array
  /** Values of imports that it may call while it initialises, by index, as they crossed. */
  readonly initial: readonly (readonly [number, Uint8Array])[]
}

/** A loaded agent without slots: data that threads of one process can send each other. */
export interface PreparedResident {
  readonly plan: LinkPlan
  readonly sandbox: PreparedSandbox
}

/** Loads agents. `initialises` is called before any code of the guest runs, and waited for. */
export type ResidentLoader = (
  request: ResidentRequest,
  initialises: () => Promise<void> | void,
) => Promise<PreparedResident>

/** Loads agents on this thread. */
export function residentLoader(sandboxes: Sandboxes, compiler: ComponentCompiler): ResidentLoader {
  return async function load({ manifest, component, initial }, initialises) {
    const read = await compiler.read(component)
    const { plan } = read
    const code = await compiler.compile(read, manifest, waitingImports(plan))
    await initialises()
    const sandbox = sandboxes.make(manifest, code, earlyAnswers(crossingPlan(plan), plan, initial))
    try {
      return { plan, sandbox: await sandboxes.prepared(manifest, code, sandbox) }
    } finally {
      sandbox.release()
    }
  }
}

/** Answers imports while a component initialises. */
export function earlyAnswers(
  crossing: CrossingPlan,
  plan: LinkPlan,
  initial: ResidentRequest['initial'],
): Dispatch {
  const side = { state: new ForeignState(), bridge: bridgeOf(crossing) }
  const reader = new Crossing()
  const answers = new Map(
    initial.map(([index, bytes]) => [
      index,
      reader.read(crossing.imports[index]?.result, side, bytes),
    ]),
  )
  return (index) => {
    if (answers.has(index)) return answers.get(index)
    throw callsTooEarly(index, plan.imports)
  }
}

/** The host answers every import later. */
export function waitingImports({ imports }: LinkPlan): ReadonlySet<number> {
  return new Set(imports.flatMap((each, index) => (each.used ? [index] : [])))
}
