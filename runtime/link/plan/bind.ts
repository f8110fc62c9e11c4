/**
 * Binds a declaration, an import or an ascribed export, to an actual item.
 *
 * A declaration bound to an item is checked against it, and the result is the item itself, so that resource
 * identity survives every crossing. A declaration bound to the host makes the import. Component and module
 * types are not compared: they are used only by instantiating them, and that checks the actual item.
 *
 * @module
 */

import type { Declaration, ExternType } from '../../binary/index.ts'
import { equalFunctions, equalTypes } from './equal-type.ts'
import { malformed, unsupported } from './fault.ts'
import type { DeclaredTypeItem, InstanceItem, Item, TypeItem } from './item.ts'
import type { Planner } from './planner.ts'
import { nestedInterface } from './nested-interface.ts'
import { resolveType } from './resolve-type.ts'
import { Scope } from './scope.ts'
import { aliasItem } from './alias.ts'

/** Where a bound item comes from: another item, or the host. */
export type Provider =
  | { readonly kind: 'item'; readonly item: Item }
  /** `interface` is empty at the top level of the world. */
  | { readonly kind: 'host'; readonly interface: string }

/** A declaration, and the item for it. */
export interface Binding {
  readonly planner: Planner
  /** Where it is declared. */
  readonly scope: Scope
  readonly name: string
  readonly provider: Provider
  readonly offset: number
}

/** Returns the item that a name declared as `type` stands for. */
export function bindExtern(binding: Binding, type: ExternType): Item {
  const { planner, name, provider, offset } = binding
  planner.spend(1, offset)
  if (provider.kind === 'item' && provider.item.sort !== type.sort) {
    malformed(`"${name}" is a ${provider.item.sort} where a ${type.sort} belongs`, offset)
  }
  switch (type.sort) {
    case 'func':
      return bindFunction(binding, type.type)
    case 'type':
      return bindType(binding, type.equal)
    case 'instance':
      return bindInstance(binding, type.type)
    case 'component':
    case 'core module':
      if (provider.kind === 'item') return provider.item
      return unsupported(
        `the import of the ${type.sort} ${label(provider.interface, name)}`,
        offset,
        `Compose the ${type.sort} into the component, as wac or wasm-tools compose do: the host gives functions`,
      )
  }
}

function label(inInterface: string, name: string): string {
  return inInterface === '' ? `"${name}"` : `"${nestedInterface(inInterface, name)}"`
}

function bindFunction({ planner, scope, name, provider, offset }: Binding, index: number): Item {
  const expected = scope.type(index, offset)
  if (expected.kind !== 'func') return malformed(`type of "${name}" is not a function`, offset)
  if (provider.kind === 'host') return planner.addImport(provider.interface, name, expected, offset)
  const { item } = provider
  planner.spend(expected.size, offset)
  if (item.sort !== 'func' || !equalFunctions(item.type.type, expected.type)) {
    return malformed(`function "${name}" has another type than declared`, offset)
  }
  return item
}

function bindType(
  { planner, scope, name, provider, offset }: Binding,
  equal: number | undefined,
): Item {
  if (equal === undefined) {
    if (provider.kind === 'host') {
      return planner.addResource({ kind: 'imported', interface: provider.interface, name })
    }
    const { item } = provider
    if (item.sort === 'type' && item.kind === 'resource') return item
    return malformed(`type "${name}" is not a resource`, offset)
  }
  const expected = scope.type(equal, offset)
  if (provider.kind === 'host') return expected
  const { item } = provider
  if (item.sort !== 'type' || !isSameType(planner, item, expected, offset)) {
    return malformed(`type "${name}" is another one than declared`, offset)
  }
  return item
}

function bindInstance(
  { planner, scope, name, provider, offset }: Binding,
  index: number,
): InstanceItem {
  const type = scope.type(index, offset)
  if (type.kind !== 'instance') return malformed(`type of "${name}" is not an instance`, offset)
  if (provider.kind === 'host') {
    const outer = provider.interface
    const path = outer === '' ? name : nestedInterface(outer, name)
    return declareInstance(planner, type, () => ({ kind: 'host', interface: path }))
  }
  const { item } = provider
  if (item.sort !== 'instance') return malformed(`"${name}" is not an instance`, offset)
  return declareInstance(planner, type, (member) => {
    const actual = item.exports.get(member)
    if (actual === undefined) return malformed(`instance "${name}" lacks "${member}"`, offset)
    return { kind: 'item', item: actual }
  })
}

/** Walks the declarations of an instance type. The result has only the declared members. */
function declareInstance(
  planner: Planner,
  type: DeclaredTypeItem,
  provide: (name: string) => Provider,
): InstanceItem {
  const scope = new Scope(-1, type.outer)
  const exports = new Map<string, Item>()
  for (const declaration of type.declarations) {
    planner.spend(1, declaration.offset)
    declare(planner, scope, exports, declaration, provide)
  }
  return { sort: 'instance', exports }
}

function declare(
  planner: Planner,
  scope: Scope,
  exports: Map<string, Item>,
  declaration: Declaration,
  provide: (name: string) => Provider,
): void {
  const { offset } = declaration
  switch (declaration.kind) {
    case 'core type':
      return
    case 'type': {
      const { type } = declaration
      if (type.kind === 'resource') return malformed('resource defined inside a type', offset)
      scope.push(resolveType(planner, scope, type, offset))
      return
    }
    case 'alias': {
      const { alias } = declaration
      if (alias.sort === 'core type') return
      if (alias.sort !== 'type' && (alias.sort !== 'instance' || alias.kind === 'outer')) {
        return malformed(`alias of a ${alias.sort} inside a type`, offset)
      }
      scope.push(aliasItem(scope, alias, offset))
      return
    }
    case 'import':
      return malformed('import inside an instance type', offset)
    case 'export': {
      const { name, type } = declaration
      if (exports.has(name)) malformed(`second export "${name}"`, offset)
      const item = bindExtern({ planner, scope, name, provider: provide(name), offset }, type)
      scope.push(item)
      exports.set(name, item)
    }
  }
}

function isSameType(planner: Planner, a: TypeItem, b: TypeItem, offset: number): boolean {
  if (a === b) return true
  if (a.kind === 'value' && b.kind === 'value') {
    planner.spend(b.size, offset)
    return equalTypes(a.type, b.type)
  }
  if (a.kind === 'func' && b.kind === 'func') {
    planner.spend(b.size, offset)
    return equalFunctions(a.type, b.type)
  }
  if (a.kind === 'resource' && b.kind === 'resource') return a.resource === b.resource
  // Component and instance types are compared where something is bound to them.
  return a.kind === b.kind
}
