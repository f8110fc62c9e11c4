/**
 * Runs calls of one component, each from the state its initialisation left.
 *
 * @module
 */
import { ComponentInstance, type CompiledPlan } from '../link/index.ts'
import { refuseDispatch, type Dispatch } from './dispatch.ts'
import type { Invocation } from './invocation.ts'

export class Sandbox {
  readonly #plan: CompiledPlan
  readonly #modules: readonly WebAssembly.Module[]
  readonly #suspending: ReadonlySet<number>

  constructor(
    plan: CompiledPlan,
    modules: readonly WebAssembly.Module[],
    suspending: ReadonlySet<number>,
  ) {
    this.#plan = plan
    this.#modules = modules
    this.#suspending = suspending
  }

  async run(
    invocation: Invocation,
    dispatch: Dispatch,
    name: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    const instance = new ComponentInstance(this.#plan, this.#modules, {
      suspending: this.#suspending,
      host: {
        call: refuseDispatch((index) => this.#plan.link.imports[index]?.interface ?? ''),
      },
    })
    instance.host = { call: dispatch }
    const exported = instance.lookup(name)
    const value = exported.suspends ? exported.callAsync(args) : exported.call(args)
    return value instanceof Promise ? await stoppable(value, invocation) : value
  }

  stats(): { imageBytes: number; slots: number; stampMicros: number; reset: 'fresh' } {
    return { imageBytes: 0, slots: 0, stampMicros: 0, reset: 'fresh' }
  }

  release(): void {}
}

/** Settles with `value`, or rejects as soon as the invocation must stop: a waiting guest is left behind. */
function stoppable(value: Promise<unknown>, invocation: Invocation): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (invocation.stop !== undefined) return reject(invocation.stop)
    invocation.onStop = reject
    value.then(resolve, reject)
  })
}
