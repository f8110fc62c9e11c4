/**
 * The plan while it grows: hands out the indices of imports, resources, trampolines and lifts, and bounds
 * the work a component can ask for.
 *
 * Inlining multiplies: ten components that each instantiate the next one ten times are a few hundred bytes
 * and ten thousand million instances. Hence one budget for everything that is repeated by instantiation.
 *
 * @module
 */

import type { CoreInterface } from '../../binary/index.ts'
import { readCoreInterface } from '../../binary/index.ts'
import type {
  CoreReference,
  FunctionReference,
  ImportedFunction,
  LiftedFunction,
  ModuleRange,
  ResourceDefinition,
  Step,
  Trampoline,
} from './link-plan.ts'
import { malformed } from './fault.ts'
import type { FunctionItem, FunctionTypeItem, ResourceTypeItem } from './item.ts'

/** Definitions evaluated, type nodes compared or written out. A QuickJS agent takes about 7000. */
const MAX_WORK = 1_000_000

/** Each has a handle table and, in the executor, a handful of objects. */
const MAX_INSTANCES = 1000

/** Instantiations inside each other, and lowered functions of lifted functions of lowered ones. */
const MAX_DEPTH = 100

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Its methods refuse a component that asks for more than the bounds above allow. */
export class Planner {
  readonly modules: readonly ModuleRange[]
  readonly imports: Mutable<ImportedFunction>[] = []
  readonly resources: Mutable<ResourceDefinition>[] = []
  readonly trampolines: Trampoline[] = []
  readonly lifts: LiftedFunction[] = []
  readonly steps: Step[] = []
  readonly parents: number[] = []
  readonly #bytes: Uint8Array
  readonly #interfaces: CoreInterface[] = []
  /** By where the module starts. */
  readonly #moduleIndices: ReadonlyMap<number, number>
  #coreInstances = 0
  #work = 0
  #depth = 0

  constructor(bytes: Uint8Array, modules: readonly ModuleRange[]) {
    this.#bytes = bytes
    this.modules = modules
    this.#moduleIndices = new Map(modules.map(({ start }, index) => [start, index]))
  }

  /** Returns the index of the module that starts at `start`. */
  moduleAt(start: number): number {
    return this.#moduleIndices.get(start) ?? malformed('core module out of place', start)
  }

  /** Counts work; refuses an amount that no honest component needs. */
  spend(work: number, offset: number): void {
    this.#work += work
    if (this.#work > MAX_WORK) malformed('linking takes more work than allowed', offset)
  }

  /** Runs `run`, which may come back here, and refuses a depth that our stack might not bear. */
  nested<T>(offset: number, run: () => T): T {
    if (this.#depth >= MAX_DEPTH) malformed(`linking nested more than ${MAX_DEPTH} deep`, offset)
    this.#depth++
    const outcome = run() // When it throws, planning is over: no need to count back.
    this.#depth--
    return outcome
  }

  /** `parent` is -1 for the component itself. */
  addComponentInstance(parent: number, offset: number): number {
    if (this.parents.length >= MAX_INSTANCES) {
      malformed(`more than ${MAX_INSTANCES} component instances`, offset)
    }
    return this.parents.push(parent) - 1
  }

  addCoreInstance(step: Step & { readonly kind: 'instantiate' }, offset: number): number {
    if (this.#coreInstances >= MAX_INSTANCES) {
      malformed(`more than ${MAX_INSTANCES} core instances`, offset)
    }
    this.steps.push(step)
    return this.#coreInstances++
  }

  addResource(resource: ResourceDefinition): ResourceTypeItem {
    this.resources.push(resource)
    return { sort: 'type', kind: 'resource', resource: this.resources.length - 1 }
  }

  /** Gives a resource defined inside the name it is first exported under. */
  nameResource({ resource }: ResourceTypeItem, name: string): void {
    const definition = this.resources[resource]
    if (definition?.kind === 'defined' && definition.name === '') definition.name = name
  }

  addImport(
    inInterface: string,
    name: string,
    type: FunctionTypeItem,
    offset: number,
  ): FunctionItem {
    const label = inInterface === '' ? `"${name}"` : `"${inInterface}#${name}"`
    this.spend(type.size, offset)
    const entry = { interface: inInterface, name, type: type.type, used: false }
    const index = this.imports.push(entry) - 1
    const reference = (): FunctionReference => {
      entry.used = true
      return { kind: 'import', index }
    }
    return { sort: 'func', type, name: label, reference }
  }

  /** Returns a reference that makes its trampoline the first time it is asked for. */
  trampoline(make: () => Trampoline, offset: number): () => CoreReference {
    let index: number | undefined
    return () => {
      // Made before it is counted: its references may be made, and counted, on the way.
      if (index === undefined) {
        const trampoline = this.nested(offset, make)
        index = this.trampolines.push(trampoline) - 1
      }
      return { kind: 'trampoline', index }
    }
  }

  /** As `trampoline`, for lifted functions. */
  lift(make: () => LiftedFunction, offset: number): () => FunctionReference {
    let index: number | undefined
    return () => {
      if (index === undefined) {
        const lifted = this.nested(offset, make)
        index = this.lifts.push(lifted) - 1
      }
      return { kind: 'lift', index }
    }
  }

  /** Returns the imports and exports of a module; the module is read at most once. */
  coreInterface(module: number, offset: number): CoreInterface {
    const range = this.modules[module]
    if (range === undefined) return malformed(`core module ${module}`, offset)
    return (this.#interfaces[module] ??= readCoreInterface(this.#bytes, range))
  }
}
