/**
 * Turns types as written into types with every index resolved: functions, instances, components, and the declared
 * types of imports and exports.
 *
 * @module
 */

import type { Declaration, ExternType, TypeDefinition } from '../component.ts'
import type { CoreTypeDefinition } from '../core-type.ts'
import { aliasItem, outward } from './alias.ts'
import type { Ledger } from './ledger.ts'
import { declaredModuleType } from './module-type.ts'
import { Scope } from './scope.ts'
import { openInstance } from './substitute.ts'
import {
  depthOf,
  mentionsResource,
  type ComponentType,
  type Entity,
  type FunctionType,
  type InstanceType,
  type Resource,
  type Type,
} from './type.ts'
import { MAX_TYPE_DEPTH, resolveUse, resolveValueType } from './value-type.ts'

/** Resolves any type but a resource, which needs an owner. */
export function resolveType(
  scope: Scope,
  definition: Exclude<TypeDefinition, { readonly kind: 'resource' }>,
): Type {
  switch (definition.kind) {
    case 'func':
      return resolveFunction(scope, definition)
    case 'instance':
      return resolveInstance(scope, definition.declarations)
    case 'component':
      return resolveComponent(scope, definition.declarations)
    default:
      return resolveValueType(scope, definition)
  }
}

/** Appends the types of a core type definition: one type, or several that refer to each other. */
export function pushCoreType(scope: Scope, definition: CoreTypeDefinition): void {
  if (definition.kind === 'group') {
    for (const type of definition.types) scope.coreTypes.push({ kind: 'core', type })
    return
  }
  const type = declaredModuleType(scope.ledger, definition.declarations, (count, index) => {
    const outer = outward(scope, count - 1).scope
    const item = scope.ledger.at(outer.coreTypes, index, 'core type')
    return item.kind === 'core' ? item.type : scope.ledger.fail('alias of a module type inside one')
  })
  scope.coreTypes.push({ kind: 'module', type })
}

/**
 * Returns the declared type of an import or export. `fresh` are the resources it introduces. `declared` is the type
 * that an argument must fit: there, instances do not have their own resources yet.
 */
export function resolveExtern(
  scope: Scope,
  type: ExternType,
): { entity: Entity; declared: Entity; fresh: readonly Resource[] } {
  const ledger: Ledger = scope.ledger
  if (type.sort === 'type') {
    if (type.equal === undefined) {
      const resource: Resource = {}
      const entity = { sort: 'type', type: { sort: 'resource', resource } } as const
      return { entity, declared: entity, fresh: [resource] }
    }
    const entity: Entity = { sort: 'type', type: { ...scope.type(type.equal) } }
    return { entity, declared: entity, fresh: [] }
  }
  if (type.sort === 'core module') {
    const item = ledger.at(scope.coreTypes, type.type, 'core type')
    if (item.kind !== 'module') ledger.fail(`core type ${type.type} is not of a module`)
    const entity: Entity = { sort: 'core module', type: item.type }
    return { entity, declared: entity, fresh: [] }
  }
  const resolved = scope.type(type.type)
  if (type.sort === 'func' && resolved.sort === 'func') {
    const entity: Entity = { sort: 'func', type: resolved }
    return { entity, declared: entity, fresh: [] }
  }
  if (type.sort === 'component' && resolved.sort === 'component') {
    const entity: Entity = { sort: 'component', type: resolved }
    return { entity, declared: entity, fresh: [] }
  }
  if (type.sort === 'instance' && resolved.sort === 'instance') {
    const opened = openInstance(ledger, resolved)
    return {
      entity: { sort: 'instance', type: opened.type },
      declared: { sort: 'instance', type: resolved },
      fresh: opened.fresh,
    }
  }
  return ledger.fail(`type ${type.type} is not of sort ${type.sort}`)
}

/** Makes the type of a finished scope. */
export function componentType(scope: Scope): ComponentType {
  const imports = scope.imports.entities
  const exports = scope.exports.entities
  return {
    sort: 'component',
    imports,
    exports,
    imported: scope.imported,
    defined: scope.defined,
    depth: boundedDepth(scope, [...imports.values(), ...exports.values()]),
    mentionsResource: mentionsResource(imports.values()) || mentionsResource(exports.values()),
  }
}

/** Makes the type of an instance that has `exports`. */
export function instanceType(
  scope: Scope,
  exports: ReadonlyMap<string, Entity>,
  defined: readonly Resource[] = [],
): InstanceType {
  return {
    sort: 'instance',
    exports,
    defined,
    depth: boundedDepth(scope, exports.values()),
    mentionsResource: mentionsResource(exports.values()),
  }
}

function boundedDepth({ ledger }: Scope, entities: Iterable<Entity>): number {
  const depth = depthOf(entities)
  return depth > MAX_TYPE_DEPTH
    ? ledger.fail(`types nested more than ${MAX_TYPE_DEPTH} deep`)
    : depth
}

function resolveFunction(
  scope: Scope,
  { params, result: resultUse, async }: TypeDefinition & { readonly kind: 'func' },
): FunctionType {
  const types = params.map(({ type }) => resolveUse(scope, type))
  const result = resultUse === undefined ? undefined : resolveUse(scope, resultUse)
  if (result?.borrows) scope.ledger.fail('borrowed handle in a result')
  const parts = result === undefined ? types : [...types, result]
  return {
    sort: 'func',
    names: params.map(({ name }) => name),
    params: types,
    ...(result === undefined ? {} : { result }),
    async,
    depth: parts.reduce((depth, part) => Math.max(depth, part.depth), 0),
    mentionsResource: parts.some((part) => part.mentionsResource),
  }
}

function resolveInstance(outer: Scope, declarations: readonly Declaration[]): InstanceType {
  const scope = new Scope(outer.ledger, 'instance type', outer)
  for (const declaration of declarations) declare(scope, declaration)
  return instanceType(scope, scope.exports.entities, scope.defined)
}

function resolveComponent(outer: Scope, declarations: readonly Declaration[]): ComponentType {
  const scope = new Scope(outer.ledger, 'component type', outer)
  for (const declaration of declarations) declare(scope, declaration)
  return componentType(scope)
}

function declare(scope: Scope, declaration: Declaration): void {
  const ledger: Ledger = scope.ledger
  ledger.offset = declaration.offset
  ledger.spend(1)
  switch (declaration.kind) {
    case 'core type':
      return pushCoreType(scope, declaration.type)
    case 'type': {
      const { type } = declaration
      if (type.kind === 'resource') ledger.fail('resource defined inside a type')
      scope.types.push(resolveType(scope, type))
      return
    }
    case 'alias': {
      const { alias } = declaration
      const { sort } = alias
      const isAllowed =
        sort === 'type' || sort === (alias.kind === 'outer' ? 'core type' : 'instance')
      if (!isAllowed) ledger.fail(`alias of sort ${sort} inside a type`)
      aliasItem(scope, alias)
      return
    }
    case 'import': {
      const { entity, fresh } = resolveExtern(scope, declaration.type)
      scope.imported.push(...fresh)
      scope.import(declaration, entity)
      return
    }
    case 'export': {
      const { entity, fresh } = resolveExtern(scope, declaration.type)
      scope.defined.push(...fresh)
      scope.export(declaration, entity)
    }
  }
}
