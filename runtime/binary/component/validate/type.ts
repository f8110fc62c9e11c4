/**
 * Types as validation compares them: indices are resolved, equal parts are shared, and identity counts.
 *
 * Identity counts twice. Handles are checked against the identity of a `Resource`. A `ValueType` or `ResourceType`
 * object is one definition, import or export of a type. The same type exported is another object, because
 * visibility depends on the place where a type was named and not on its content.
 *
 * @module
 */

import type { CoreExternalSort, Primitive } from '../component.ts'
import type { CoreExternType, CoreFunctionType, CoreImport } from '../core-type.ts'

/** `owner` is the scope that defines the resource; without one it is abstract. */
export interface Resource {
  readonly owner?: object
}

export interface ResourceType {
  readonly sort: 'resource'
  readonly resource: Resource
}

export type ValueKind =
  | Primitive
  | 'error-context'
  | 'record'
  | 'variant'
  | 'list'
  | 'tuple'
  | 'flags'
  | 'enum'
  | 'option'
  | 'result'
  | 'own'
  | 'borrow'
  | 'stream'
  | 'future'
  | 'map'

/** The size of a value in memory and on the stack of core WebAssembly. */
export interface Layout {
  /** Bytes of a value in place, in a memory with 64-bit addresses. */
  readonly bytes: number
  readonly alignment: number
  /** Core values it becomes; `undefined` is more than parameters can be. */
  readonly flat: readonly number[] | undefined
  /** Whether part of a value lies elsewhere: strings, lists, maps. */
  readonly points: boolean
}

/** One form for all kinds: code that compares or rewrites types needs the parts, not their meaning. */
export interface ValueType {
  readonly sort: 'value'
  readonly kind: ValueKind
  /** Of fields, cases and flags. */
  readonly names: readonly string[]
  /** Of fields, cases, elements; `undefined` is a case without a payload. */
  readonly parts: readonly (ValueType | undefined)[]
  /** Of a list of fixed length. */
  readonly length?: number
  /** Of a handle. */
  readonly resource?: ResourceType
  /** Nodes of the type written out as a tree. */
  readonly size: number
  readonly depth: number
  readonly borrows: boolean
  readonly mentionsResource: boolean
  readonly layout: Layout
}

export interface FunctionType {
  readonly sort: 'func'
  readonly names: readonly string[]
  readonly params: readonly ValueType[]
  readonly result?: ValueType
  readonly async: boolean
  readonly depth: number
  readonly mentionsResource: boolean
}

export interface InstanceType {
  readonly sort: 'instance'
  readonly exports: ReadonlyMap<string, Entity>
  /** Abstract resources among the exports, different for every instance of this type. */
  readonly defined: readonly Resource[]
  readonly depth: number
  readonly mentionsResource: boolean
}

export interface ComponentType {
  readonly sort: 'component'
  readonly imports: ReadonlyMap<string, Entity>
  readonly exports: ReadonlyMap<string, Entity>
  /** Resources the imports stand for. */
  readonly imported: readonly Resource[]
  /** Resources every instantiation makes anew. */
  readonly defined: readonly Resource[]
  readonly depth: number
  readonly mentionsResource: boolean
}

export type Type = ValueType | FunctionType | InstanceType | ComponentType | ResourceType

/** A core definition; without `type` nothing is known but the sort. */
export interface CoreItem {
  readonly sort: CoreExternalSort
  readonly type?: CoreExternType<CoreFunctionType | undefined>
}

export interface ModuleType {
  readonly imports: readonly CoreImport<CoreFunctionType | undefined>[]
  readonly exports: ReadonlyMap<string, CoreItem>
}

/** An item that can be imported, exported and passed to an instantiation. */
export type Entity =
  | { readonly sort: 'func'; readonly type: FunctionType }
  | { readonly sort: 'instance'; readonly type: InstanceType }
  | { readonly sort: 'component'; readonly type: ComponentType }
  | { readonly sort: 'core module'; readonly type: ModuleType }
  | { readonly sort: 'type'; readonly type: Type }

export function depthOf(entities: Iterable<Entity>): number {
  let depth = 0
  for (const { sort, type } of entities) {
    if (sort !== 'core module' && type.sort !== 'resource') depth = Math.max(depth, type.depth)
  }
  return depth + 1
}

export function mentionsResource(entities: Iterable<Entity>): boolean {
  for (const { sort, type } of entities) {
    if (sort !== 'core module' && (type.sort === 'resource' || type.mentionsResource)) return true
  }
  return false
}
