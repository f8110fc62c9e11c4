/**
 * Checks that a decoded component keeps the rules of the component model: every index, name and type.
 *
 * Definitions are walked once and in order, like an instantiation in which every item is replaced by its type. The
 * linker relies on these checks and does not repeat them. The engine checks function bodies, when it compiles a
 * module.
 *
 * @module
 */

import type {
  Component,
  CoreInstanceExpression,
  Definition,
  InstanceExpression,
} from '../component.ts'
import { aliasItem } from './alias.ts'
import { checkDestructor, defineCanon } from './canon.ts'
import { matchesCore } from './core-match.ts'
import { ExternList } from './extern-list.ts'
import { Ledger } from './ledger.ts'
import { Matcher } from './matcher.ts'
import { readModuleType } from './module-type.ts'
import {
  componentType,
  instanceType,
  pushCoreType,
  resolveExtern,
  resolveType,
} from './resolve-type.ts'
import { Scope } from './scope.ts'
import { Substitution } from './substitute.ts'
import type { ComponentType, CoreItem, Entity, InstanceType, Resource } from './type.ts'

/**
 * Validates `component`, which was decoded from `bytes`.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED with the offset of the definition that breaks a rule
 */
export function validateComponent(component: Component, bytes: Uint8Array): void {
  validateScope(new Scope(new Ledger(), 'component'), component, bytes)
}

function validateScope(scope: Scope, component: Component, bytes: Uint8Array): ComponentType {
  for (const definition of component.definitions) {
    scope.ledger.offset = definition.offset
    scope.ledger.spend(1)
    define(scope, definition, bytes)
  }
  return componentType(scope)
}

function define(scope: Scope, definition: Definition, bytes: Uint8Array): void {
  const ledger: Ledger = scope.ledger
  switch (definition.kind) {
    case 'core module':
      scope.modules.push(readModuleType(ledger, bytes, definition.range))
      return
    case 'core instance':
      scope.coreInstances.push(coreInstance(scope, definition.expression))
      return
    case 'core type':
      return pushCoreType(scope, definition.type)
    case 'component': {
      const inner = new Scope(ledger, 'component', scope)
      scope.components.push(validateScope(inner, definition.component, bytes))
      return
    }
    case 'instance':
      scope.instances.push(instance(scope, definition.expression))
      return
    case 'alias':
      return aliasItem(scope, definition.alias)
    case 'type':
      return defineType(scope, definition)
    case 'canon':
      return defineCanon(scope, definition.canon)
    case 'start': {
      const { params, result } = scope.function(definition.func)
      if (params.length > 0 || result !== undefined) {
        ledger.fail('start function with parameters or a result')
      }
      return
    }
    case 'import': {
      const { entity, fresh } = resolveExtern(scope, definition.type)
      for (const resource of fresh) scope.imported.push(resource)
      return scope.import(definition, entity)
    }
    case 'export':
      return scope.export(definition, exported(scope, definition))
  }
}

function defineType(scope: Scope, { type }: Definition & { readonly kind: 'type' }): void {
  if (type.kind !== 'resource') {
    scope.types.push(resolveType(scope, type))
    return
  }
  if (type.destructor !== undefined) checkDestructor(scope, type.destructor)
  const resource: Resource = { owner: scope }
  scope.defined.push(resource)
  scope.types.push({ sort: 'resource', resource })
}

/** Returns the visible type of an export: its declared type, or else its own. */
function exported(scope: Scope, definition: Definition & { readonly kind: 'export' }): Entity {
  const { name, item, type } = definition
  const actual = scope.entity(item)
  if (type === undefined) return renamed(actual)
  const { entity, declared, fresh } = resolveExtern(scope, type)
  new Matcher(scope.ledger, fresh).entity(name, actual, declared)
  for (const resource of fresh) scope.defined.push(resource)
  return entity
}

/** Makes a new object for a type under a new name: the check of names compares objects. */
function renamed(entity: Entity): Entity {
  return entity.sort === 'type' ? { sort: 'type', type: { ...entity.type } } : entity
}

function instance(scope: Scope, expression: InstanceExpression): InstanceType {
  const ledger: Ledger = scope.ledger
  if (expression.kind === 'exports') {
    const list = new ExternList(ledger, 'export', false)
    for (const item of expression.exports) list.add(item, scope.entity(item))
    return instanceType(scope, list.entities)
  }
  const component = ledger.at(scope.components, expression.component, 'component')
  const given = new Map<string, Entity>()
  for (const argument of expression.arguments) given.set(argument.name, scope.entity(argument))
  const matcher = new Matcher(ledger, component.imported)
  for (const [name, declared] of component.imports) {
    const item = given.get(name) ?? ledger.fail(`argument "${name}" is missing`)
    matcher.entity(name, item, declared)
  }
  ledger.spend(component.defined.length)
  for (const resource of component.defined) {
    const fresh: Resource = {}
    scope.defined.push(fresh)
    matcher.resources.set(resource, fresh)
  }
  return instanceType(scope, new Substitution(ledger, matcher).entities(component.exports))
}

function coreInstance(
  scope: Scope,
  expression: CoreInstanceExpression,
): ReadonlyMap<string, CoreItem> {
  const ledger: Ledger = scope.ledger
  if (expression.kind === 'exports') {
    const items = new Map<string, CoreItem>()
    for (const { name, sort, index } of expression.exports) {
      items.set(name, coreItem(scope, sort, index))
    }
    return items
  }
  const module = ledger.at(scope.modules, expression.module, 'core module')
  const given = new Map<string, ReadonlyMap<string, CoreItem>>()
  for (const { name, instance: index } of expression.arguments) {
    given.set(name, ledger.at(scope.coreInstances, index, 'core instance'))
  }
  ledger.spend(module.imports.length)
  for (const { module: from, name, type } of module.imports) {
    const item = given.get(from)?.get(name)
    const label = `"${from}" "${name}"`
    if (item === undefined) ledger.fail(`core module lacks its import ${label}`)
    if (item.sort !== type.sort) {
      ledger.fail(`core import ${label} is given a ${item.sort}, not a ${type.sort}`)
    }
    if (!matchesCore(item, { sort: type.sort, type })) {
      ledger.fail(`core import ${label} is given a ${item.sort} of another type`)
    }
  }
  return module.exports
}

function coreItem(scope: Scope, sort: string, index: number): CoreItem {
  switch (sort) {
    case 'core func':
      return scope.coreItem('func', index)
    case 'core table':
      return scope.coreItem('table', index)
    case 'core memory':
      return scope.coreItem('memory', index)
    case 'core global':
      return scope.coreItem('global', index)
    case 'core tag':
      return scope.coreItem('tag', index)
    default:
      return scope.ledger.fail(`${sort} in a core instance`)
  }
}
