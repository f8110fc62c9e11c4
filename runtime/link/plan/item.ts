/**
 * The items of a component's index spaces while a plan is made.
 *
 * Items are concrete: a type parameter is replaced by its argument as soon as it is bound, so that equal
 * resource index means equal resource, and an item means the same in every component it is passed to.
 * References are made on demand, so that a plan contains only reachable items.
 *
 * @module
 */

import type { FunctionType, ValueType } from '../../abi/index.ts'
import type { Component, CoreExternalSort, Declaration } from '../../binary/index.ts'
import type { CoreReference, FunctionReference } from './link-plan.ts'

/** A scope, as definitions inside it see it. */
export interface EnclosingScope {
  readonly outer: OuterScope | undefined
  /** Returns the item that a component-level sort and index refer to. */
  item(sort: string, index: number, offset: number): Item
}

/**
 * A scope as it stood when something inside it was defined. The lengths keep an outer alias from reaching later
 * definitions: without them a component could instantiate itself.
 */
export interface OuterScope {
  readonly scope: EnclosingScope
  readonly types: number
  readonly components: number
  readonly modules: number
}

/** A resolved value type, with facts about it that are needed often. */
export interface ValueTypeItem {
  readonly sort: 'type'
  readonly kind: 'value'
  readonly type: ValueType
  /** Nodes of the type written out as a tree: shared parts count each time. */
  readonly size: number
  readonly depth: number
  /** Whether a borrowed handle is in it: not allowed in results. */
  readonly borrows: boolean
}

/** A resolved type of functions. */
export interface FunctionTypeItem {
  readonly sort: 'type'
  readonly kind: 'func'
  readonly type: FunctionType
  readonly size: number
}

/** A component or instance type stays as written, with the scope its outer aliases refer to. */
export interface DeclaredTypeItem {
  readonly sort: 'type'
  readonly kind: 'instance' | 'component'
  readonly declarations: readonly Declaration[]
  readonly outer: OuterScope
}

/** A resource type. Equal index means equal resource. */
export interface ResourceTypeItem {
  readonly sort: 'type'
  readonly kind: 'resource'
  /** Into `LinkPlan.resources`. */
  readonly resource: number
}

/** What an index space of types holds. */
export type TypeItem = ValueTypeItem | FunctionTypeItem | DeclaredTypeItem | ResourceTypeItem

/** A function of the host or of a component inside. */
export interface FunctionItem {
  readonly sort: 'func'
  readonly type: FunctionTypeItem
  /** For messages. */
  readonly name: string
  reference(): FunctionReference
}

/** A component instance: its exports by name. */
export interface InstanceItem {
  readonly sort: 'instance'
  readonly exports: ReadonlyMap<string, Item>
}

/** A component that may be instantiated, with the scope its outer aliases refer to. */
export interface ComponentItem {
  readonly sort: 'component'
  readonly component: Component
  readonly outer: OuterScope
}

/** A core module of the binary. */
export interface ModuleItem {
  readonly sort: 'core module'
  /** Into `LinkPlan.modules`. */
  readonly module: number
}

/** What the index spaces of a component hold. */
export type Item = FunctionItem | TypeItem | InstanceItem | ComponentItem | ModuleItem

/** What an index space of core definitions holds. */
export interface CoreItem {
  readonly sort: CoreExternalSort
  reference(): CoreReference
}

/** Looks up an export; `undefined` when there is none of that name. */
export type CoreInstanceItem = (name: string) => CoreItem | undefined
