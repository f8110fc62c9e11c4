/**
 * Decides, once a deploy, which provider answers each import of a component: the embedder, a capability, or none.
 *
 * Deny by default: an import of an interface without a grant is refused here, with the line that would grant it. There
 * is one exception. Some toolchains always import a whole world (JavaScript engines do). Such a component lists these
 * interfaces in a custom section, and they link to functions that answer `denied`. A false list gains a component
 * nothing, because the grant decides at the call.
 *
 * @module
 */
import { isJsonFunction } from '../abi/index.ts'
import type { HostModule, ConfiguredModule } from '../host-module/index.ts'
import { MayflyError } from '../errors/index.ts'
import {
  interfacePath,
  type HostCallable,
  type ImportedFunction,
  type LinkPlan,
} from '../link/index.ts'
import type { TypeCheck } from './host-types.ts'
import { REQUEST_BODY_INTERFACE, RESPONSE_BODY_INTERFACE } from '../serve/index.ts'
import {
  combine,
  denied,
  passesResource,
  unsatisfied,
  wrongVersion,
  type Unanswered,
} from './import-refusals.ts'
import { listedName, splitInterface } from './split-interface.ts'

/** The custom section in which a component lists imports it may never call. One interface a line. */
export const OPTIONAL_IMPORTS_SECTION = 'mayfly:optional-imports'

/** A capability, configured with the grant of one agent's manifest. */
export interface GrantedCapability {
  readonly capability: HostModule
  readonly configured: ConfiguredModule
}

/** The provider of one import. */
export type Binding =
  | { readonly kind: 'embedder'; readonly call: HostCallable }
  | {
      readonly kind: 'capability'
      readonly index: number
      readonly interface: string
      /** As in the binary: `get`, `[method]bucket.get`. */
      readonly name: string
    }
  | { readonly kind: 'request-body'; readonly name: string }
  | { readonly kind: 'response-body'; readonly name: string }
  /** Imported and never passed to core code: nothing can call it. */
  | { readonly kind: 'unused' }

export interface BindOptions {
  /** The agent, for messages. */
  readonly agent: string
  readonly capabilities: readonly GrantedCapability[]
  /** Functions the embedder gave, by import index; `undefined` where it gave none. */
  readonly embedder: readonly (HostCallable | undefined)[]
  /** Interfaces, with version, that the component says it may never call. */
  readonly optional: ReadonlySet<string>
  /** @default nothing is compared */
  readonly check?: TypeCheck | undefined
}

// Refused imports that are listed. A longer list does not help, and the search for nearest names takes time for each.
const MAX_REFUSED = 50

type Binder = BindOptions & Unanswered

// Versions that the host implements, of interfaces that are listed without one. A lower patch links to a higher one;
// another minor of 0.x may differ. One set of functions serves both of ours: what only one of them has, the types of the
// host tell.
const PROVIDED_VERSIONS: Readonly<Record<string, readonly string[]>> = {
  mayfly: ['0.1', '0.2'],
  wasi: ['0.2'],
}

/**
 * @returns one binding an import, in the order of the plan
 * @throws {MayflyError} ERR_CAPABILITY_DENIED for imports without a grant, ERR_IMPORT_UNSATISFIED for imports without a
 *   provider; the message lists the first of them
 */
export function bindImports(plan: LinkPlan, options: BindOptions): Binding[] {
  const refused = new Map<string, MayflyError>()
  const binder = { ...options, near: new Map<string, string>() }
  const bindings = plan.imports.map((imported, index): Binding | undefined => {
    if (refused.size >= MAX_REFUSED) return undefined
    const call = options.embedder[index]
    if (call !== undefined) return { kind: 'embedder', call }
    if (!imported.used) return { kind: 'unused' }
    const bound = bindToCapability(imported, binder)
    if (!(bound instanceof MayflyError)) return bound
    refused.set(bound.message, bound)
    return undefined
  })
  if (refused.size > 0) throw combine([...refused.values()])
  return bindings.filter((binding) => binding !== undefined)
}

/** Interfaces that every agent may import. */
const BODIES: ReadonlyMap<string, 'request-body' | 'response-body'> = new Map([
  [REQUEST_BODY_INTERFACE, 'request-body'],
  [RESPONSE_BODY_INTERFACE, 'response-body'],
])

function bindToCapability(imported: ImportedFunction, options: Binder): Binding | MayflyError {
  // No capability has interfaces inside its own.
  if (interfacePath(imported.interface).length > 1) return unsatisfied(imported, options)
  const { name, version } = splitInterface(imported.interface)
  const providerOf = (each: string): number =>
    options.capabilities.findIndex(({ capability }) => capability.interfaces.includes(each))
  const listed = listedName(imported.interface, (each) => providerOf(each) !== -1)
  const index = providerOf(listed)
  const linked = bindToTool(imported, listed, options)
  if (linked !== undefined) return linked
  const body = BODIES.get(name)
  if (index === -1 && body === undefined) return unsatisfied(imported, options)
  const provided = PROVIDED_VERSIONS[name.slice(0, name.indexOf(':'))] ?? []
  const isProvided = listed !== name || provided.some((minor) => version?.startsWith(`${minor}.`))
  if (version !== undefined && !isProvided)
    return wrongVersion(imported, provided.at(-1) ?? '', options.agent)
  const granted = options.capabilities[index]
  const { covers, granted: isGranted } = granted?.configured ?? {}
  const mayLink =
    (covers?.(listed) ?? isGranted === true) || options.optional.has(imported.interface)
  if (body === undefined && !mayLink) {
    return denied(imported, { agent: options.agent, capability: granted?.capability, listed })
  }
  const problem = options.check?.(imported, options.agent)
  if (problem !== undefined) return problem
  if (body !== undefined) return { kind: body, name: imported.name }
  return { kind: 'capability', index, interface: listed, name: imported.name }
}

/**
 * The grant that provides the interface itself. Values only: a handle belongs to the slot that made it, and
 * the slot of a call is as new for the next.
 */
function bindToTool(
  imported: ImportedFunction,
  listed: string,
  { agent, capabilities }: BindOptions,
): Binding | MayflyError | undefined {
  const { name } = splitInterface(imported.interface)
  for (const [index, { capability, configured }] of capabilities.entries()) {
    // Of its own interfaces the host passes the resources on.
    if (capability.interfaces.includes(listed)) continue
    const provided = configured.provides?.find((each) => [name, imported.interface].includes(each))
    if (provided === undefined) continue
    if (!isJsonFunction(imported.type)) return passesResource(imported, agent)
    return { kind: 'capability', index, interface: provided, name: imported.name }
  }
  return undefined
}

/** The interfaces that a component says it may never call. */
export function optionalImports(
  component: Uint8Array,
  sections: readonly { readonly name: string; readonly start: number; readonly end: number }[],
): ReadonlySet<string> {
  const decoder = new TextDecoder()
  const texts = sections
    .filter(({ name }) => name === OPTIONAL_IMPORTS_SECTION)
    .map(({ start, end }) => decoder.decode(component.subarray(start, end)))
  return new Set(texts.flatMap((text) => text.split('\n')))
}
