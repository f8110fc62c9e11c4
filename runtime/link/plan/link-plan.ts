/**
 * The link plan: the instantiation of a component, flattened into a list of steps.
 *
 * Component linking is declarative, so all of it can be decided before the first instantiation: nested
 * components are inlined once per `instantiate`, and aliases are followed. Core modules to instantiate, trampolines to
 * hand to them, and exports to lift remain. A plan is plain data: it is hashed (as part of a shape) and sent to
 * workers. Indices are into the arrays of the same plan.
 *
 * @module
 */

import type { FunctionType, ValueType } from '../../abi/index.ts'
import type { EndOperation } from '../../binary/index.ts'

/** Everything that instantiating a component takes, but for the code. */
export interface LinkPlan {
  /** Core modules in the order of the binary. Byte ranges of the component, so that a plan stays small. */
  readonly modules: readonly ModuleRange[]
  /** Functions the component imports from its host. */
  readonly imports: readonly ImportedFunction[]
  /** Names of the interfaces the component imports, with versions, also those it takes only types from. */
  readonly importedInterfaces: readonly string[]
  /** Every resource type, of the host or of a component instance inside. */
  readonly resources: readonly ResourceDefinition[]
  /** Number of component instances after inlining: each has its own handle table and its own flags. */
  readonly componentInstances: number
  /** By component instance, the instance that instantiated it; -1 for the outermost component. */
  readonly parents: readonly number[]
  /** Functions the linker makes for core modules to import. */
  readonly trampolines: readonly Trampoline[]
  /** Core functions lifted to component functions. */
  readonly lifts: readonly LiftedFunction[]
  /** In the order they are executed. The nth `instantiate` makes core instance n. */
  readonly steps: readonly Step[]
  readonly exports: readonly Export[]
  /** Names of custom sections at the top level of the component, with their byte ranges. */
  readonly customSections: readonly {
    readonly name: string
    readonly start: number
    readonly end: number
  }[]
}

/** A core module in the binary, in bytes: `end` is the first byte behind it. */
export interface ModuleRange {
  readonly start: number
  readonly end: number
}

/**
 * `interface` is a name such as `wasi:http/types@0.2.12`, or empty for a function imported by the world itself.
 * An instance inside an imported one is called `outer#inner`.
 */
export interface ImportedFunction {
  readonly interface: string
  /** As in the binary: `get`, `[method]bucket.get`, `[constructor]bucket`, `[static]bucket.open`. */
  readonly name: string
  readonly type: FunctionType
  /** Whether a core module or an export of the component reaches it. */
  readonly used: boolean
}

/** A resource type and where its representations are from. */
export type ResourceDefinition =
  /** Representations are host objects. */
  | { readonly kind: 'imported'; readonly interface: string; readonly name: string }
  /** Representations are i32, owned by component instance `instance`. */
  | {
      readonly kind: 'defined'
      readonly instance: number
      readonly name: string
      readonly destructor?: CoreReference
    }

/** Something a core instance exports, or a trampoline. */
export type CoreReference =
  | {
      readonly kind: 'export'
      readonly instance: number
      readonly name: string
      readonly sort: CoreSort
    }
  | { readonly kind: 'trampoline'; readonly index: number }

/** What core instances export. */
export type CoreSort = 'func' | 'table' | 'memory' | 'global' | 'tag'

/** Encodings of strings in linear memory, as the component model names them. */
export const STRING_ENCODINGS = ['utf8', 'utf16', 'latin1+utf16'] as const
/** One of `STRING_ENCODINGS`. */
export type StringEncoding = (typeof STRING_ENCODINGS)[number]

/** How values cross to and from the core code of one component instance. */
export interface CanonicalOptions {
  /** The component instance with the core code on the other side. */
  readonly instance: number
  readonly encoding: StringEncoding
  readonly memory?: CoreReference
  readonly realloc?: CoreReference
  readonly postReturn?: CoreReference
  readonly async: boolean
  /** With `async` on a lift: the callback of the stackless ABI. */
  readonly callback?: CoreReference
}

/** The target of a trampoline or of an export. */
export type FunctionReference =
  | { readonly kind: 'import'; readonly index: number }
  | { readonly kind: 'lift'; readonly index: number }

/** A function that the linker makes for core modules. */
export type Trampoline =
  /** Lowers a component function for a core module: `canon lower`. */
  | {
      readonly kind: 'lower'
      readonly target: FunctionReference
      readonly type: FunctionType
      readonly options: CanonicalOptions
    }
  | { readonly kind: 'resource.new'; readonly resource: number; readonly instance: number }
  | { readonly kind: 'resource.rep'; readonly resource: number; readonly instance: number }
  | { readonly kind: 'resource.drop'; readonly resource: number; readonly instance: number }
  /** Component-model async, the part async exports need. */
  | {
      readonly kind: 'task.return'
      readonly result?: FunctionType['result']
      readonly options: CanonicalOptions
    }
  | { readonly kind: 'task.cancel'; readonly instance: number }
  | {
      readonly kind: 'context.get' | 'context.set'
      readonly slot: number
      readonly instance: number
    }
  | {
      readonly kind:
        | 'backpressure.set'
        | 'backpressure.inc'
        | 'backpressure.dec'
        | 'yield'
        | 'subtask.cancel'
        | 'subtask.drop'
        | 'waitable-set.new'
        | 'waitable-set.drop'
        | 'waitable.join'
        | 'error-context.drop'
      readonly instance: number
      /** Of `yield`. */
      readonly cancellable?: boolean
      /** Of `subtask.cancel`: do not wait for the subtask to end. */
      readonly async?: boolean
    }
  | {
      readonly kind: 'waitable-set.wait' | 'waitable-set.poll'
      readonly instance: number
      readonly memory: CoreReference
      readonly cancellable?: boolean
    }
  | {
      readonly kind: 'stream' | 'future'
      readonly operation: EndOperation
      readonly element?: ValueType
      readonly instance: number
      /** Of `read` and `write`. */
      readonly options?: CanonicalOptions
      /** Of `cancel-read` and `cancel-write`: do not wait for the end of the copy. */
      readonly async?: boolean
    }
  | {
      readonly kind: 'error-context.new' | 'error-context.debug-message'
      readonly options: CanonicalOptions
    }
  /** A built-in this linker does not have: linked so that agents that never call it run, and traps by name. */
  | { readonly kind: 'unsupported'; readonly builtin: string; readonly instance: number }

/** A core function with the component type it has outside. */
export interface LiftedFunction {
  readonly core: CoreReference
  readonly type: FunctionType
  readonly options: CanonicalOptions
}

/** Instantiates core module `module`. */
export interface InstantiateStep {
  readonly kind: 'instantiate'
  readonly module: number
  readonly imports: readonly {
    readonly module: string
    readonly name: string
    readonly value: CoreReference
  }[]
}

/** A component's start function: calls `target` with no arguments and no result. */
export interface StartStep {
  readonly kind: 'start'
  readonly target: FunctionReference
}

/** One step of instantiating a component. */
export type Step = InstantiateStep | StartStep

/** An export of the component. */
export type Export =
  | {
      readonly kind: 'func'
      readonly name: string
      readonly type: FunctionType
      readonly target: FunctionReference
    }
  | { readonly kind: 'instance'; readonly name: string; readonly exports: readonly Export[] }
  | { readonly kind: 'resource'; readonly name: string; readonly resource: number }
