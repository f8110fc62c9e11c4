/**
 * Follows aliases: into instances, and outward through enclosing scopes.
 *
 * @module
 */

import type { Alias, Sort } from '../../binary/index.ts'
import { malformed } from './fault.ts'
import type { CoreItem, Item, OuterScope } from './item.ts'
import { at, type Scope } from './scope.ts'

/** Returns the item that an alias of a component-level sort refers to. */
export function aliasItem(scope: Scope, alias: Alias, offset: number): Item {
  const item =
    alias.kind === 'outer' ? outerItem(scope, alias, offset) : exportItem(scope, alias, offset)
  if (item.sort === alias.sort) return item
  return malformed(`alias of a ${alias.sort} refers to a ${item.sort}`, offset)
}

/** Returns the item that an alias of an export of a core instance refers to. */
export function aliasCoreItem(
  scope: Scope,
  alias: { readonly sort: Sort; readonly instance: number; readonly name: string },
  offset: number,
): CoreItem {
  const instance = at(scope.coreInstances, alias.instance, 'core instance', offset)
  const item = instance(alias.name)
  if (item === undefined) {
    return malformed(`core instance ${alias.instance} has no export "${alias.name}"`, offset)
  }
  if (`core ${item.sort}` === alias.sort) return item
  return malformed(`alias of a ${alias.sort} refers to a core ${item.sort}`, offset)
}

function exportItem(
  scope: Scope,
  alias: Alias & { readonly kind: 'export' | 'core export' },
  offset: number,
): Item {
  if (alias.kind === 'core export') return malformed(`alias of a ${alias.sort} in core`, offset)
  const instance = at(scope.instances, alias.instance, 'instance', offset)
  const item = instance.exports.get(alias.name)
  return item ?? malformed(`instance ${alias.instance} has no export "${alias.name}"`, offset)
}

function outerItem(
  scope: Scope,
  { sort, count, index }: Alias & { readonly kind: 'outer' },
  offset: number,
): Item {
  let visible: OuterScope = scope.snapshot()
  for (let i = 0; i < count; i++) {
    const { outer } = visible.scope
    if (outer === undefined) return malformed(`alias ${count} scopes outward of ${i}`, offset)
    visible = outer
  }
  const lengths = {
    type: visible.types,
    component: visible.components,
    'core module': visible.modules,
  }
  if (sort !== 'type' && sort !== 'component' && sort !== 'core module') {
    return malformed(`outer alias of a ${sort}`, offset)
  }
  if (index >= lengths[sort]) return malformed(`${sort} ${index} of ${lengths[sort]}`, offset)
  return visible.scope.item(sort, index, offset)
}
