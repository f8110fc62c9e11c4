/**
 * Answers the imports of one invocation.
 *
 * The functions of a capability are prepared when the guest first calls one of them: an agent that only
 * computes pays for none.
 *
 * @module
 */
import type { Imports } from '../host-module/index.ts'
import { isMayflyError, MayflyError } from '../errors/index.ts'
import {
  callableOf,
  type CallSignal,
  type HostCall,
  type HostCallable,
  type HostDispatcher,
  type ImportSource,
  type LinkPlan,
} from '../link/index.ts'
import type { Binding, GrantedCapability } from './bind-imports.ts'
import type { Invocation } from './invocation.ts'
import { stopped } from './stop-reasons.ts'
import { requestBodyFunctions, responseBodyFunctions, tooManyBodies } from '../serve/index.ts'

/** Calls import `index` of the plan. */
export type Dispatch = (index: number, values: unknown[]) => unknown

/** Serves the imports of one invocation. */
export class InvocationHost implements HostDispatcher {
  readonly #bindings: readonly Binding[]
  readonly #capabilities: readonly GrantedCapability[]
  readonly #invocation: Invocation
  #callables: HostCallable[] | undefined

  constructor(
    bindings: readonly Binding[],
    capabilities: readonly GrantedCapability[],
    invocation: Invocation,
  ) {
    this.#bindings = bindings
    this.#capabilities = capabilities
    this.#invocation = invocation
  }

  call(index: number, values: unknown[], cancellation?: CallSignal): unknown {
    const invocation = this.#invocation
    // Its grants end with it, and nothing is charged any more.
    if (invocation.ended) throw stopped(invocation.agent, 'its invocation has ended')
    // Here too: a guest that does little but call the host burns no fuel.
    invocation.checkpoint()
    invocation.work('call')
    const callables = (this.#callables ??= [])
    const call = (callables[index] ??= prepare(
      this.#bindings[index],
      this.#capabilities,
      invocation,
    ))
    const before = invocation.hostCall
    invocation.hostCall = cancellation
    let result: unknown
    try {
      result = call(values)
    } finally {
      // A destructor may make a call within this one.
      invocation.hostCall = before
    }
    // Its time may be over meanwhile: an agent that it called has computed.
    if (invocation.stop !== undefined) throw invocation.stop
    if (result instanceof Promise) {
      invocation.waits()
      // It can cancel calls that it does not wait for.
      if (cancellation === undefined) invocation.openRest()?.suspends()
    }
    return result
  }

  admit(): void {
    this.#invocation.checkpoint()
    this.#invocation.work('call')
  }

  passed(bytes: number): void {
    this.#invocation.work('byte', bytes)
  }

  copyResult(bytes: Uint8Array): Uint8Array {
    return this.#invocation.copyResult(bytes)
  }

  holds(bytes: number): void {
    if (!this.#invocation.held.take(bytes)) throw tooManyBodies()
  }

  gives(bytes: number): void {
    this.#invocation.held.give(bytes)
  }

  rest(call: HostCall): void {
    this.#invocation.openRest()?.begins(call)
  }

  wake(): Promise<void> | undefined {
    return this.#invocation.rest?.wakes()
  }

  returned(call: HostCall): void {
    this.#invocation.hasReturned(call)
  }

  awaits(onStack: boolean): void {
    const invocation = this.#invocation
    invocation.waits()
    if (onStack) invocation.openRest()?.suspends()
  }

  runs(running: boolean): void {
    const invocation = this.#invocation
    if (running) {
      invocation.enter()
      invocation.rest?.resumes()
    } else invocation.leave()
  }
}

/** For slots that carry no image yet: none of their code runs. */
export const NO_HOST: HostDispatcher = {
  call(): never {
    throw new TypeError('Cannot call an import: the slot carries no image')
  },
}

const EARLY_CALL = 'earlyCall'

/**
 * Returns the interface of WASI that the component needs to initialise, if `error` is about one. Toolchains open
 * standard streams and look for files before any code of the agent runs.
 */
export function earlyWasiCall(error: unknown): string | undefined {
  const called = isMayflyError(error) ? String(error.facts[EARLY_CALL] ?? '') : ''
  return called.startsWith('wasi:') ? called : undefined
}

/**
 * Answers imports while a component initialises, with functions that give every request the same answer. All other
 * imports are refused, because initialisation must not depend on the host.
 */
export function initialDispatch(
  bindings: readonly Binding[],
  capabilities: readonly GrantedCapability[],
  imports: LinkPlan['imports'],
): Dispatch {
  return function dispatch(index, values) {
    const binding = bindings[index]
    if (binding?.kind === 'capability') {
      const initial = capabilities[binding.index]?.configured.initial?.[binding.interface]
      const call = initial && callableOf(initial, binding.name)
      if (call !== undefined) return call(values)
    }
    throw callsTooEarly(index, imports)
  }
}

/**
 * The answers of `initialDispatch` to functions without parameters, by index of the import: for guests that are
 * initialised elsewhere.
 */
export function initialAnswers(
  bindings: readonly Binding[],
  capabilities: readonly GrantedCapability[],
  imports: LinkPlan['imports'],
): ReadonlyMap<number, unknown> {
  const answers = new Map<number, unknown>()
  for (const [index, binding] of bindings.entries()) {
    if (binding.kind !== 'capability' || imports[index]?.type.params.length !== 0) continue
    const initial = capabilities[binding.index]?.configured.initial?.[binding.interface]
    const call = initial && callableOf(initial, binding.name)
    if (call !== undefined) answers.set(index, call([]))
  }
  return answers
}

/** The error of a component that calls import `index` before there is an invocation. */
export function callsTooEarly(index: number, imports: LinkPlan['imports']): MayflyError {
  const name = imports[index]?.interface ?? ''
  return new MayflyError(
    'ERR_GUEST_TRAPPED',
    `Cannot initialise component: it calls "${name}" before any request`,
    {
      hint: 'Move the call from module initialisation into the handler',
      facts: { [EARLY_CALL]: name },
    },
  )
}

function prepare(
  binding: Binding | undefined,
  capabilities: readonly GrantedCapability[],
  invocation: Invocation,
): HostCallable {
  switch (binding?.kind) {
    case 'embedder':
      return binding.call
    case 'request-body':
      return callable(
        requestBodyFunctions(() => invocation.requestBody),
        binding.name,
      )
    case 'response-body':
      return callable(
        responseBodyFunctions(() => invocation.answer?.body),
        binding.name,
      )
    case 'capability': {
      const { index } = binding
      invocation.prepared[index] ??= capabilities[index]?.configured.prepare(invocation)
      // Filled by the line above, and by nothing else.
      const imports = invocation.prepared[index] as Imports
      return callable(imports[binding.interface] ?? {}, binding.name)
    }
    case 'unused':
    case undefined:
      return callable({}, 'unbound')
  }
}

function callable(source: ImportSource, name: string): HostCallable {
  const found = callableOf(source, name)
  if (found !== undefined) return found
  throw new MayflyError('ERR_IMPORT_UNSATISFIED', `Cannot call "${name}": no such function`)
}
