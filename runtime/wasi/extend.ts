/**
 * WASI interfaces over a capability we have already: its grant, its budget and its audit decide.
 *
 * @module
 */
import {
  emptyBudget,
  emptyHold,
  type Capability,
  type ConfiguredModule,
  type Imports,
  type InvocationContext,
} from '../host-module/index.ts'

/** Makes a WASI interface from the functions of a capability, when the guest first calls one. */
export type Adapter = (functions: GuestFunctions, context: InvocationContext) => Imports

/** The functions of our own interface, by name. */
export type GuestFunctions = Readonly<Record<string, (...args: unknown[]) => unknown>>

export interface Extension {
  readonly interfaces: readonly string[]
  readonly adapt: Adapter
  /** Which of our functions may return promises, as in `HostModule`. `'as-own'`: all, when those of `capability` may. */
  readonly suspends: readonly string[] | 'as-own'
  /** Links also without a grant: the functions then act as for an agent without the grant. */
  readonly alwaysLinks?: boolean
  /** As in `ConfiguredModule`. */
  readonly initial?: (functions: GuestFunctions) => Imports
}

/** Adds WASI interfaces to `capability`. Its first interface is the one they are made from. */
export function extend(capability: Capability, extension: Extension): Capability {
  const [own = ''] = capability.interfaces
  const { adapt, alwaysLinks = false, initial } = extension
  const { suspends, ...rest } = capability
  return {
    ...rest,
    // A list that leaves out functions says that these never wait.
    ...(suspends === undefined || extension.suspends === 'as-own'
      ? {}
      : { suspends: [...suspends, ...extension.suspends] }),
    interfaces: [...capability.interfaces, ...extension.interfaces],
    async configure(context) {
      const configured = await capability.configure(context)
      const start = initial?.(functionsOf(configured.prepare(NOWHERE), own))
      return {
        granted: configured.granted || alwaysLinks,
        ...(start === undefined ? {} : { initial: start }),
        attenuate: (grant) => configured.attenuate?.(grant),
        prepare: (invocation) => prepare(configured, own, adapt, invocation),
        [Symbol.asyncDispose]: () => configured[Symbol.asyncDispose](),
      }
    },
  }
}

function prepare(
  configured: ConfiguredModule,
  own: string,
  adapt: Adapter,
  invocation: InvocationContext,
): Imports {
  const imports = configured.prepare(invocation)
  return { ...imports, ...adapt(functionsOf(imports, own), invocation) }
}

function functionsOf(imports: Imports, own: string): GuestFunctions {
  // The cast drops parameter types: adapters pass the values that a guest would.
  return (imports[own] ?? {}) as unknown as GuestFunctions
}

/** For functions that need no invocation: nothing is recorded, nothing is cleaned up. */
const NOWHERE: InvocationContext = {
  agent: '',
  id: '',
  signal: new AbortController().signal,
  callSignal: new AbortController().signal,
  budget: emptyBudget(),
  held: emptyHold(),
  toolDepth: 0,
  toolFanOut: 0,
  answerWith() {},
  defer() {},
  work() {},
  record() {},
}
