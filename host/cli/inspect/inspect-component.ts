/**
 * Takes a component apart with the decoder that also loads it, so that what is printed is what would run.
 *
 * @module
 */
import {
  analyzeModule,
  decodeComponent,
  longExports,
  useOf,
  type ModuleUse,
} from '../../../runtime/binary/index.ts'
import { describeTools, type ToolDescription } from '../../../runtime/engine/index.ts'
import { canSuspend, makePlan, planToWit, type LinkPlan } from '../../../runtime/link/index.ts'
import { longLifts } from '../../../runtime/stamp/index.ts'
import { digestOf, OPTIONAL_IMPORTS_SECTION } from '../../build/index.ts'

export interface Inspection {
  readonly bytes: number
  readonly digest: string
  readonly modules: readonly InspectedModule[]
  readonly imports: readonly string[]
  readonly exports: readonly string[]
  /** What `mayfly call` can call: every exported function whose types JSON can carry. */
  readonly functions: readonly ToolDescription[]
  readonly capabilities: readonly InspectedCapability[]
  readonly turns: Turns
  readonly wit: string
}

export interface InspectedModule {
  readonly bytes: number
  /** Whether a request can get its clean state by stamping; otherwise it gets a fresh instance. */
  readonly stampable: boolean
  /** Why not. */
  readonly reasons: readonly string[]
  /** What it uses of WebAssembly, what of that is charged, and why it is refused, if it is. */
  readonly use: ModuleUse
}

/**
 * How its guests share a thread. `suspended`: others have their turn while one computes. `short`: it never computes
 * for long. `unbounded`: this platform cannot suspend a guest; only fuel and deadline bound how long others wait.
 */
export type Turns = 'suspended' | 'short' | 'unbounded'

export interface InspectedCapability {
  /** The key in `capabilities` of agent.json; for an interface of nobody's, its name. */
  readonly name: string
  /** The component says it may never call it: it links without a grant, and answers `denied`. */
  readonly optional: boolean
}

// Which grant an interface needs, by what its name begins with. `false`: none.
const GRANTS: readonly (readonly [prefix: string, capability: string | false])[] = [
  ['mayfly:agent/types', false],
  ['mayfly:agent/poll', false],
  ['mayfly:agent/response-body', false],
  ['mayfly:agent/', 'agent'],
  ['wasi:http/', 'http'],
  ['wasi:keyvalue/', 'kv'],
  ['wasi:config/', 'config'],
  ['wasi:clocks/', 'clock'],
  ['wasi:random/', 'random'],
  ['wasi:logging/', 'log'],
  ['wasi:io/', false],
]

/**
 * Inspects the component in `bytes`.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED
 */
export function inspectComponent(bytes: Uint8Array): Inspection {
  const component = decodeComponent(bytes)
  const plan = makePlan(component, bytes)
  const modules = plan.modules.map(({ start, end }) => {
    const module = bytes.subarray(start, end)
    const use = useOf(module)
    return { module, use, analysis: use.refused === undefined ? analyzeModule(module) : undefined }
  })
  const long = longLifts(
    plan,
    // What is refused does not run at all.
    modules.map(({ analysis }) => analysis && longExports(analysis.module)),
  )
  return {
    bytes: bytes.length,
    digest: digestOf(bytes),
    modules: modules.map(({ module, use, analysis }) => ({
      bytes: module.length,
      stampable: analysis?.stampable ?? false,
      reasons: analysis?.reasons ?? [],
      use,
    })),
    imports: importsOf(plan),
    exports: plan.exports.map(({ name }) => name),
    functions: describeTools(plan.exports),
    capabilities: capabilitiesOf(plan, readOptional(plan, bytes)),
    turns: long.size === 0 ? 'short' : canSuspend() ? 'suspended' : 'unbounded',
    wit: planToWit(component, bytes),
  }
}

function importsOf({ importedInterfaces, imports }: LinkPlan): string[] {
  const bare = imports.filter(({ interface: path }) => path === '').map(({ name }) => name)
  return [...importedInterfaces, ...bare]
}

function capabilitiesOf(plan: LinkPlan, optional: ReadonlySet<string>): InspectedCapability[] {
  const needs = new Map<string, boolean>()
  for (const path of importsOf(plan)) {
    const name = grantOf(path)
    if (name === undefined) continue
    // Needed once is needed, whatever the other interfaces of the same capability say.
    needs.set(name, (needs.get(name) ?? true) && optional.has(path))
  }
  return [...needs]
    .map(([name, isOptional]) => ({ name, optional: isOptional }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function grantOf(path: string): string | undefined {
  const found = GRANTS.find(([prefix]) => path.startsWith(prefix))
  if (found === undefined) return path
  const [prefix, capability] = found
  if (capability === false) return undefined
  return capability === 'agent' ? path.slice(prefix.length).replace(/@.*/, '') : capability
}

function readOptional({ customSections }: LinkPlan, bytes: Uint8Array): Set<string> {
  const section = customSections.find(({ name }) => name === OPTIONAL_IMPORTS_SECTION)
  if (section === undefined) return new Set()
  const text = new TextDecoder().decode(bytes.subarray(section.start, section.end))
  return new Set(text.split('\n'))
}
