/**
 * Takes a component apart with the decoder that also loads it, so that the output matches the code that would run.
 *
 * @module
 */
import {
  analyzeModule,
  decodeComponent,
  longExports,
  useOf,
  type ModuleUse,
} from '../../../../runtime/binary/index.ts'
import {
  declaredFunctions,
  describeFunctions,
  type FunctionDescription,
} from '../../../../runtime/agents/index.ts'
import { canSuspend, makePlan, planToWit, type LinkPlan } from '../../../../runtime/link/index.ts'
import { longLifts } from '../../../../runtime/stamp/index.ts'
import { OPTIONAL_IMPORTS_SECTION } from '../../../toolchain/index.ts'
import { digestOf } from '../../../digest/index.ts'
import { neededGrants, type NeededGrant } from './needed-grants.ts'
import { servedWorld } from './served-world.ts'

export interface Inspection {
  readonly bytes: number
  readonly digest: string
  readonly modules: readonly InspectedModule[]
  readonly imports: readonly string[]
  readonly exports: readonly string[]
  /** The world of a standard that it is served as, with its version; nothing without a handler. */
  readonly world?: string
  /** Functions for `mayfly call`: every exported function whose types JSON can carry, and the declared ones. */
  readonly functions: readonly FunctionDescription[]
  /** Names of functions that its code declares: its WIT does not show them. */
  readonly declared: readonly string[]
  readonly capabilities: readonly NeededGrant[]
  readonly turns: Turns
  readonly wit: string
}

export interface InspectedModule {
  readonly bytes: number
  /** Whether a request can get its clean state by stamping; otherwise it gets a fresh instance. */
  readonly stampable: boolean
  /** Why not. */
  readonly reasons: readonly string[]
  /** Features of WebAssembly that it uses, which of them are charged, and the reason if it is refused. */
  readonly use: ModuleUse
}

/**
 * How its guests share a thread. `suspended`: others have their turn while one computes. `short`: it never computes
 * for long. `unbounded`: this platform cannot suspend a guest; only fuel and deadline bound how long others wait.
 */
export type Turns = 'suspended' | 'short' | 'unbounded'

/**
 * Inspects the component in `bytes`.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED
 */
export async function inspectComponent(bytes: Uint8Array): Promise<Inspection> {
  const component = decodeComponent(bytes)
  const plan = makePlan(component, bytes)
  const modules = plan.modules.map(({ start, end }) => {
    const module = bytes.subarray(start, end)
    const use = useOf(module)
    return { module, use, analysis: use.refused === undefined ? analyzeModule(module) : undefined }
  })
  const long = longLifts(
    plan,
    // A refused module does not run at all.
    modules.map(({ analysis }) => analysis && longExports(analysis.module)),
  )
  const imports = importsOf(plan)
  const exports = plan.exports.map(({ name }) => name)
  const declared = declaredFunctions(bytes)
  const world = servedWorld(imports, exports)
  return {
    bytes: bytes.length,
    digest: digestOf(bytes),
    modules: modules.map(({ module, use, analysis }) => ({
      bytes: module.length,
      stampable: analysis?.stampable ?? false,
      reasons: analysis?.reasons ?? [],
      use,
    })),
    imports,
    exports,
    ...(world === undefined ? {} : { world }),
    functions: describeFunctions(plan.exports, { declared }),
    declared: declared.map(({ name }) => name),
    capabilities: await neededGrants(plan, readOptional(plan, bytes)),
    turns: long.size === 0 ? 'short' : canSuspend() ? 'suspended' : 'unbounded',
    wit: planToWit(component, bytes),
  }
}

function importsOf({ importedInterfaces, imports }: LinkPlan): string[] {
  const bare = imports.filter(({ interface: path }) => path === '').map(({ name }) => name)
  return [...importedInterfaces, ...bare]
}

function readOptional({ customSections }: LinkPlan, bytes: Uint8Array): Set<string> {
  const section = customSections.find(({ name }) => name === OPTIONAL_IMPORTS_SECTION)
  if (section === undefined) return new Set()
  const text = new TextDecoder().decode(bytes.subarray(section.start, section.end))
  return new Set(text.split('\n'))
}
