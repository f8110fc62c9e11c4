/**
 * A decoded component: its definitions in the order of the binary, with indices as they stand there.
 *
 * Nothing is resolved here. Code that walks the definitions in order builds the index spaces, because the meaning of
 * an index depends on the instantiation (`link/plan`). Core modules are byte ranges.
 *
 * @module
 */

import type { CoreTypeDefinition } from './core-type.ts'

export const PRIMITIVES = [
  'bool',
  's8',
  'u8',
  's16',
  'u16',
  's32',
  'u32',
  's64',
  'u64',
  'f32',
  'f64',
  'char',
  'string',
] as const

export type Primitive = (typeof PRIMITIVES)[number]

/** A value type as it is written: an index, or a primitive by name. */
export type TypeUse = number | Primitive | 'error-context'

/** Absolute positions in the file. */
export interface Range {
  readonly start: number
  readonly end: number
}

export interface Component extends Range {
  readonly definitions: readonly Definition[]
  readonly customSections: readonly CustomSection[]
}

/** `start` and `end` enclose the contents, after the name. */
export interface CustomSection extends Range {
  readonly name: string
}

export type CoreExternalSort = 'func' | 'table' | 'memory' | 'global' | 'tag'

export type Sort =
  | `core ${CoreExternalSort}`
  | 'core type'
  | 'core module'
  | 'core instance'
  | 'func'
  | 'value'
  | 'type'
  | 'component'
  | 'instance'

export interface SortIndex {
  readonly sort: Sort
  readonly index: number
}

export interface NamedSortIndex extends SortIndex {
  readonly name: string
}

/** The name of an import or export, with the attributes that are checked. */
export interface ExternName {
  readonly name: string
  /** The interface an instance of a plain name says it implements. */
  readonly implements?: string
}

/** `offset` is where the definition begins, for messages. */
export type Definition = { readonly offset: number } & (
  | { readonly kind: 'core module'; readonly range: Range }
  | { readonly kind: 'core instance'; readonly expression: CoreInstanceExpression }
  | { readonly kind: 'core type'; readonly type: CoreTypeDefinition }
  | { readonly kind: 'component'; readonly component: Component }
  | { readonly kind: 'instance'; readonly expression: InstanceExpression }
  | { readonly kind: 'alias'; readonly alias: Alias }
  | { readonly kind: 'type'; readonly type: TypeDefinition }
  | { readonly kind: 'canon'; readonly canon: Canon }
  | { readonly kind: 'start'; readonly func: number }
  | ({ readonly kind: 'import'; readonly type: ExternType } & ExternName)
  | ({
      readonly kind: 'export'
      readonly item: SortIndex
      readonly type?: ExternType
    } & ExternName)
)

export type CoreInstanceExpression =
  | {
      readonly kind: 'instantiate'
      readonly module: number
      readonly arguments: readonly { readonly name: string; readonly instance: number }[]
    }
  | { readonly kind: 'exports'; readonly exports: readonly NamedSortIndex[] }

export type InstanceExpression =
  | {
      readonly kind: 'instantiate'
      readonly component: number
      readonly arguments: readonly NamedSortIndex[]
    }
  | { readonly kind: 'exports'; readonly exports: readonly (SortIndex & ExternName)[] }

export type Alias = { readonly sort: Sort } & (
  | { readonly kind: 'export' | 'core export'; readonly instance: number; readonly name: string }
  /** `count` scopes outward, 0 being the one the alias stands in. */
  | { readonly kind: 'outer'; readonly count: number; readonly index: number }
)

export interface NamedTypeUse {
  readonly name: string
  readonly type: TypeUse
}

export type TypeDefinition =
  | { readonly kind: Primitive | 'error-context' }
  | { readonly kind: 'record'; readonly fields: readonly NamedTypeUse[] }
  | {
      readonly kind: 'variant'
      readonly cases: readonly { readonly name: string; readonly type?: TypeUse }[]
    }
  | { readonly kind: 'list'; readonly element: TypeUse; readonly length?: number }
  | { readonly kind: 'tuple'; readonly elements: readonly TypeUse[] }
  | { readonly kind: 'flags' | 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'option'; readonly some: TypeUse }
  | { readonly kind: 'result'; readonly ok?: TypeUse; readonly error?: TypeUse }
  | { readonly kind: 'own' | 'borrow'; readonly resource: number }
  | { readonly kind: 'stream' | 'future'; readonly element?: TypeUse }
  | { readonly kind: 'map'; readonly key: TypeUse; readonly value: TypeUse }
  | {
      readonly kind: 'func'
      readonly params: readonly NamedTypeUse[]
      readonly result?: TypeUse
      readonly async: boolean
    }
  | { readonly kind: 'component' | 'instance'; readonly declarations: readonly Declaration[] }
  | { readonly kind: 'resource'; readonly destructor?: number }

/** A part of a component or instance type. Imports occur in component types only. */
export type Declaration = { readonly offset: number } & (
  | { readonly kind: 'core type'; readonly type: CoreTypeDefinition }
  | { readonly kind: 'type'; readonly type: TypeDefinition }
  | { readonly kind: 'alias'; readonly alias: Alias }
  | ({ readonly kind: 'import' | 'export'; readonly type: ExternType } & ExternName)
)

export type ExternType =
  | { readonly sort: 'core module' | 'func' | 'component' | 'instance'; readonly type: number }
  /** `equal` is a type index; without it the bound is `sub resource`. */
  | { readonly sort: 'type'; readonly equal?: number }

export type StringEncodingName = 'utf8' | 'utf16' | 'latin1+utf16'

/** Indices into the core index spaces of the component they stand in. */
export interface CanonOptions {
  readonly encoding: StringEncodingName
  readonly memory?: number
  readonly realloc?: number
  readonly postReturn?: number
  readonly async: boolean
  readonly callback?: number
}

/** Built-ins with no operand but, for some, whether they can be cancelled or are asynchronous. */
export const PLAIN_BUILTINS = [
  'task.cancel',
  'subtask.cancel',
  'subtask.drop',
  'backpressure.set',
  'backpressure.inc',
  'backpressure.dec',
  'yield',
  'waitable-set.new',
  'waitable-set.drop',
  'waitable.join',
  'error-context.drop',
] as const

export type PlainBuiltin = (typeof PLAIN_BUILTINS)[number]

/** What built-ins do with the ends of a stream or future. */
export const END_OPERATIONS = [
  'new',
  'read',
  'write',
  'cancel-read',
  'cancel-write',
  'drop-readable',
  'drop-writable',
] as const

export type EndOperation = (typeof END_OPERATIONS)[number]

export type Canon =
  | {
      readonly kind: 'lift'
      readonly func: number
      readonly type: number
      readonly options: CanonOptions
    }
  | { readonly kind: 'lower'; readonly func: number; readonly options: CanonOptions }
  | { readonly kind: 'resource.new' | 'resource.rep' | 'resource.drop'; readonly type: number }
  | { readonly kind: 'task.return'; readonly result?: TypeUse; readonly options: CanonOptions }
  | { readonly kind: 'context.get' | 'context.set'; readonly slot: number }
  | { readonly kind: PlainBuiltin; readonly flag?: boolean }
  | {
      readonly kind: 'waitable-set.wait' | 'waitable-set.poll'
      readonly memory: number
      readonly cancellable: boolean
    }
  | {
      readonly kind: 'stream' | 'future'
      readonly operation: EndOperation
      readonly type: number
      /** Of `read` and `write`. */
      readonly options?: CanonOptions
      /** Of `cancel-read` and `cancel-write`: do not wait for the end of the copy. */
      readonly async?: boolean
    }
  | {
      readonly kind: 'error-context.new' | 'error-context.debug-message'
      readonly options: CanonOptions
    }
  /** Decoded so that the rest can be read. This decoder does not know its effect. */
  | { readonly kind: 'other'; readonly builtin: string }
