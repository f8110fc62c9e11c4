/**
 * Follows aliases: into instances, and outward through enclosing scopes.
 *
 * @module
 */

import type { Alias } from '../component.ts'
import type { Ledger } from './ledger.ts'
import type { Scope } from './scope.ts'
import { hasFreeResource } from './substitute.ts'
import type { Entity } from './type.ts'

/** Appends the item that `alias` refers to. */
export function aliasItem(scope: Scope, alias: Alias): void {
  switch (alias.kind) {
    case 'export':
      return aliasExport(scope, alias)
    case 'core export':
      return aliasCoreExport(scope, alias)
    case 'outer':
      return aliasOuter(scope, alias)
  }
}

/** Returns the scope `count` steps outward, and whether a component lies on the way. */
export function outward(from: Scope, count: number): { scope: Scope; leavesComponent: boolean } {
  let scope = from
  let leavesComponent = false
  for (let i = 0; i < count; i++) {
    leavesComponent ||= scope.kind === 'component'
    scope = scope.outer ?? from.ledger.fail(`alias ${count} scopes outward of ${i}`)
  }
  return { scope, leavesComponent }
}

function aliasExport(
  scope: Scope,
  { sort, instance, name }: Alias & { readonly kind: 'export' | 'core export' },
): void {
  const item = scope.instance(instance).exports.get(name)
  if (item === undefined) scope.ledger.fail(`instance ${instance} has no export "${name}"`)
  scope.push(checkSort(scope, item, sort))
}

function aliasCoreExport(
  scope: Scope,
  { sort, instance, name }: Alias & { readonly kind: 'export' | 'core export' },
): void {
  const ledger: Ledger = scope.ledger
  const item = ledger.at(scope.coreInstances, instance, 'core instance').get(name)
  if (item === undefined) ledger.fail(`core instance ${instance} has no export "${name}"`)
  if (`core ${item.sort}` !== sort) {
    ledger.fail(`alias of sort ${sort} refers to sort core ${item.sort}`)
  }
  scope.core[item.sort].push(item)
}

function aliasOuter(
  scope: Scope,
  { sort, count, index }: Alias & { readonly kind: 'outer' },
): void {
  const ledger: Ledger = scope.ledger
  const { scope: outer, leavesComponent } = outward(scope, count)
  switch (sort) {
    case 'core type':
      scope.coreTypes.push(ledger.at(outer.coreTypes, index, sort))
      return
    case 'type': {
      const type = outer.type(index)
      // Each instance has its own resources. A type outside the component cannot say which instance it means.
      if (leavesComponent && hasFreeResource(ledger, type)) {
        ledger.fail(`alias of type ${index} outside the component, which refers to a resource`)
      }
      scope.types.push(type)
      return
    }
    case 'component':
    case 'core module':
      scope.push(outer.entity({ sort, index }))
      return
    default:
      ledger.fail(`outer alias of sort ${sort}`)
  }
}

function checkSort(scope: Scope, item: Entity, sort: string): Entity {
  if (item.sort === sort) return item
  return scope.ledger.fail(`alias of sort ${sort} refers to sort ${item.sort}`)
}
