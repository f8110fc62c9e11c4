/**
 * Resolves a type as written: every index is replaced by the type it stands for.
 *
 * Resolved types share their parts, so a few bytes can describe a type that is huge when written out. So size and depth
 * of every type are counted and bounded here.
 *
 * @module
 */

import type { NamedType, ValueType, VariantCase } from '../../abi/index.ts'
import type { NamedTypeUse, TypeDefinition, TypeUse } from '../../binary/index.ts'
import { malformed } from './fault.ts'
import type { FunctionTypeItem, TypeItem, ValueTypeItem } from './item.ts'
import type { Planner } from './planner.ts'
import type { Scope } from './scope.ts'

/** The largest type of WASI 0.2 (`wasi:http/types#error-code`) has about 100 nodes. */
const MAX_TYPE_SIZE = 100_000

/** Types of real interfaces are up to 10 deep; a function that walks a type may recurse. */
const MAX_TYPE_DEPTH = 100

type ValueDefinition = Exclude<
  TypeDefinition,
  { readonly kind: 'func' | 'component' | 'instance' | 'resource' }
>

/** Resolves any type but a resource, which needs an owner. */
export function resolveType(
  planner: Planner,
  scope: Scope,
  definition: Exclude<TypeDefinition, { readonly kind: 'resource' }>,
  offset: number,
): TypeItem {
  switch (definition.kind) {
    case 'func':
      planner.spend(definition.params.length, offset)
      return resolveFunction(scope, definition, offset)
    case 'component':
    case 'instance': {
      const { kind, declarations } = definition
      return { sort: 'type', kind, declarations, outer: scope.snapshot() }
    }
    default:
      planner.spend(countParts(definition), offset)
      return new TypeBuilder(scope, offset).finish(definition)
  }
}

/** Resolves the type of a result, a parameter or the like. */
export function resolveUse(scope: Scope, use: TypeUse, offset: number): ValueTypeItem {
  if (typeof use === 'string') return new TypeBuilder(scope, offset).finish({ kind: use })
  const type = scope.type(use, offset)
  if (type.kind !== 'value') malformed(`type ${use} is not a value type`, offset)
  return type
}

function resolveFunction(
  scope: Scope,
  definition: TypeDefinition & { readonly kind: 'func' },
  offset: number,
): FunctionTypeItem {
  const parts = new TypeBuilder(scope, offset)
  const params = parts.fields(definition.params)
  if (definition.result === undefined) {
    return {
      ...parts.totals(),
      sort: 'type',
      kind: 'func',
      type: { params, async: definition.async },
    }
  }
  const result = resolveUse(scope, definition.result, offset)
  if (result.borrows) malformed('borrowed handle in a result', offset)
  const type = { params, result: parts.use(definition.result), async: definition.async }
  return { ...parts.totals(), sort: 'type', kind: 'func', type }
}

/** The work to resolve a type: the number of its own parts, without the types they refer to. */
function countParts(definition: ValueDefinition): number {
  switch (definition.kind) {
    case 'record':
      return definition.fields.length
    case 'variant':
      return definition.cases.length
    case 'tuple':
      return definition.elements.length
    default:
      return 1
  }
}

/** Adds up the parts of one type. */
class TypeBuilder {
  readonly #scope: Scope
  readonly #offset: number
  #size = 1
  #depth = 1
  #borrows = false

  constructor(scope: Scope, offset: number) {
    this.#scope = scope
    this.#offset = offset
  }

  finish(definition: ValueDefinition): ValueTypeItem {
    const type = this.#build(definition)
    return { ...this.totals(), sort: 'type', kind: 'value', type }
  }

  totals(): Pick<ValueTypeItem, 'size' | 'depth' | 'borrows'> {
    if (this.#size > MAX_TYPE_SIZE) {
      malformed(`type of more than ${MAX_TYPE_SIZE} parts`, this.#offset)
    }
    if (this.#depth > MAX_TYPE_DEPTH) {
      malformed(`type nested more than ${MAX_TYPE_DEPTH} deep`, this.#offset)
    }
    return { size: this.#size, depth: this.#depth, borrows: this.#borrows }
  }

  use(use: TypeUse): ValueType {
    const item = resolveUse(this.#scope, use, this.#offset)
    this.#size += item.size
    this.#depth = Math.max(this.#depth, item.depth + 1)
    this.#borrows ||= item.borrows
    return item.type
  }

  fields(fields: readonly NamedTypeUse[]): readonly NamedType[] {
    return fields.map(({ name, type }) => ({ name, type: this.use(type) }))
  }

  #build(definition: ValueDefinition): ValueType {
    switch (definition.kind) {
      case 'record':
        return { kind: 'record', fields: this.fields(definition.fields) }
      case 'variant':
        return { kind: 'variant', cases: definition.cases.map((each) => this.#case(each)) }
      case 'list': {
        const { length } = definition
        const element = this.use(definition.element)
        return { kind: 'list', element, ...(length === undefined ? {} : { length }) }
      }
      case 'map':
        return { kind: 'map', ...this.#entry(definition) }
      case 'tuple':
        return { kind: 'tuple', elements: definition.elements.map((each) => this.use(each)) }
      case 'flags':
      case 'enum':
        this.#size += definition.names.length
        return { kind: definition.kind, names: definition.names }
      case 'option':
        return { kind: 'option', some: this.use(definition.some) }
      case 'result': {
        const { ok, error } = definition
        return {
          kind: 'result',
          ...(ok === undefined ? {} : { ok: this.use(ok) }),
          ...(error === undefined ? {} : { error: this.use(error) }),
        }
      }
      case 'own':
      case 'borrow': {
        const { resource } = this.#scope.resource(definition.resource, this.#offset)
        this.#borrows = definition.kind === 'borrow'
        return { kind: definition.kind, resource }
      }
      case 'stream':
      case 'future': {
        const { kind, element } = definition
        return { kind, ...(element === undefined ? {} : { element: this.#carried(kind, element) }) }
      }
      default:
        return { kind: definition.kind }
    }
  }

  /** Behind a pointer: however large, it takes no room where the map is. */
  #entry({ key, value }: { readonly key: TypeUse; readonly value: TypeUse }): {
    readonly key: ValueType
    readonly value: ValueType
  } {
    return { key: this.use(key), value: this.use(value) }
  }

  #case({ name, type }: { readonly name: string; readonly type?: TypeUse }): VariantCase {
    this.#size += 1
    return type === undefined ? { name } : { name, type: this.use(type) }
  }

  /** The element outlives the call, so it may not contain a borrow. */
  #carried(kind: string, use: TypeUse): ValueType {
    const element = this.use(use)
    if (this.#borrows) malformed(`borrowed handle in a ${kind}`, this.#offset)
    if (kind === 'stream' && element.kind === 'char') malformed('stream of char', this.#offset)
    return element
  }
}
