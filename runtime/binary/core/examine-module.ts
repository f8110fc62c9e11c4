/**
 * Decides whether a core module may be loaded at all. Earlier loads, and caches, do not change the decision.
 *
 * The engine says whether the module is valid. A valid module is still refused if it may hold more of the host than
 * can be charged, or uses a feature that its manifest or its host does not allow. Single instructions are checked
 * when the module is rewritten: see `instruction-table.ts`.
 *
 * @module
 */
import { MayflyError } from '../../errors/index.ts'
import { ByteReader } from '../reader.ts'
import type { CoreModule } from './core-module.ts'
import { declaredState, type DeclaredState } from './declared-state.ts'
import { isHiddenName } from './hidden-names.ts'
import type { Feature } from './instruction-table.ts'
import { readCoreModule } from './read-core-module.ts'
import { unboundedExceptions } from './tag-rules.ts'

/**
 * Bytes of the core modules of one component. StarlingMonkey has 13 MB and CPython 26; ten times as much would
 * take as long to compile as a deadline.
 */
export const MAX_MODULE_BYTES = 67_108_864

/**
 * Functions of the core modules of one component. StarlingMonkey has 20,000; 900,000 took 15 s to load and 1.9 GB.
 */
export const MAX_FUNCTIONS = 100_000

/**
 * Examines the core modules of one component, all of them together.
 *
 * @param allowed - features that they may use
 * @returns the state that an instance of each begins with
 * @throws {MayflyError} ERR_LIMIT_EXCEEDED, ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED with the fact
 *   `feature` where a feature is missing
 */
export async function examineModules(
  modules: readonly Uint8Array[],
  allowed: readonly Feature[] = [],
): Promise<DeclaredState[]> {
  boundModuleBytes(modules)
  bound('functions', sum(modules, countFunctions), MAX_FUNCTIONS)
  const states: DeclaredState[] = []
  for (const bytes of modules) {
    await validate(bytes)
    const module = readCoreModule(bytes)
    refuseUnbounded(module, allowed)
    states.push(declaredState(module))
  }
  return states
}

/**
 * Bounds the bytes of the core modules of one component, all of them together.
 *
 * @throws {MayflyError} ERR_LIMIT_EXCEEDED
 */
export function boundModuleBytes(modules: readonly Uint8Array[]): void {
  bound(
    'bytes',
    sum(modules, ({ length }) => length),
    MAX_MODULE_BYTES,
  )
}

/** Returns the features that `module` uses. */
export function featuresOf({ types, memories }: CoreModule): Feature[] {
  // Every instruction that makes an object names one of its types, in code and in constant expressions.
  const makesObjects = types.includes(undefined)
  return [
    ...(makesObjects ? (['gc'] as const) : []),
    ...(memories.some(({ shared }) => shared) ? (['shared-memory'] as const) : []),
  ]
}

/** Returns the first construct of `module` that no manifest and no host can allow, as a phrase. */
export function refusalOf(module: CoreModule): string | undefined {
  const { exports, imports, tables } = module
  const names = [...exports, ...imports].map(({ name }) => name)
  const reserved = [...names, ...imports.map((each) => each.module)].find(isHiddenName)
  if (reserved !== undefined) return `the reserved name "${reserved}"`
  if (tables.some(({ shared }) => shared)) return 'a shared table'
  return unboundedExceptions(module)
}

function refuseUnbounded(module: CoreModule, allowed: readonly Feature[]): void {
  const refusal = refusalOf(module)
  if (refusal !== undefined)
    throw new MayflyError(
      'ERR_COMPONENT_UNSUPPORTED',
      `Cannot load core module: it uses ${refusal}`,
      { facts: { construct: refusal } },
    )
  const missing = featuresOf(module).find((feature) => !allowed.includes(feature))
  if (missing !== undefined)
    throw new MayflyError(
      'ERR_COMPONENT_UNSUPPORTED',
      `Cannot load core module: it uses ${FEATURE_PHRASES[missing]}`,
      { facts: { feature: missing } },
    )
}

const FEATURE_PHRASES: Readonly<Record<Feature, string>> = {
  gc: 'garbage-collected types, the feature "gc"',
  'shared-memory': 'a shared memory, the feature "shared-memory"',
}

async function validate(bytes: Uint8Array): Promise<void> {
  // A part of a component, which is never shared between threads.
  const source = bytes as Uint8Array<ArrayBuffer>
  if (WebAssembly.validate(source)) return
  let reason = 'it does not validate'
  try {
    await WebAssembly.compile(source)
  } catch (error) {
    if (error instanceof Error) reason = error.message
  }
  throw new MayflyError('ERR_COMPONENT_MALFORMED', `Cannot compile core module: ${reason}`)
}

const HEADER_BYTES = 8
const FUNCTION_SECTION = 3

/** Reads no more than where the sections begin: a module with millions of functions costs nothing to refuse. */
function countFunctions(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes, 0, bytes.length, 'core module')
  reader.skip(HEADER_BYTES)
  let functions = 0
  while (!reader.done) {
    const id = reader.byte()
    const section = reader.part(reader.u32())
    if (id === FUNCTION_SECTION) functions += section.u32()
  }
  return functions
}

function bound(what: string, count: number, most: number): void {
  if (count <= most) return
  throw new MayflyError(
    'ERR_LIMIT_EXCEEDED',
    `Cannot load component: its core modules have ${count} ${what}, ${most} allowed`,
    {
      hint: 'Compile it with optimisation and without debug information, or split it into components',
      facts: { count, limit: most },
    },
  )
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
