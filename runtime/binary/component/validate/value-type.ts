/**
 * From a value type as written to one with its parts resolved.
 *
 * @module
 */

import { PRIMITIVES, type TypeDefinition, type TypeUse } from '../component.ts'
import { layoutOf, MAX_VALUE_BYTES } from './layout.ts'
import type { Scope } from './scope.ts'
import type { ResourceType, ValueKind, ValueType } from './type.ts'

/** The largest type of WASI 0.2 (`wasi:http/types#error-code`) has about 100 nodes. */
const MAX_TYPE_SIZE = 100_000

/** Types of real interfaces are up to 10 levels deep. The bound lets code that walks a type recurse. */
export const MAX_TYPE_DEPTH = 100

export type ValueDefinition = Exclude<
  TypeDefinition,
  { readonly kind: 'func' | 'component' | 'instance' | 'resource' }
>

interface Shape {
  readonly names?: readonly string[]
  readonly parts?: readonly (ValueType | undefined)[]
  readonly length?: number
  readonly resource?: ResourceType
}

/** Kinds of keys of a map: two such values are equal if their texts are. */
const KEYS: ReadonlySet<ValueKind> = new Set<ValueKind>(
  PRIMITIVES.filter((kind) => kind !== 'f32' && kind !== 'f64'),
)

export function resolveValueType(scope: Scope, definition: ValueDefinition): ValueType {
  return makeValueType(scope, definition.kind, shapeOf(scope, definition))
}

/** Resolves the type of a field, parameter or the like. */
export function resolveUse(scope: Scope, use: TypeUse): ValueType {
  return typeof use === 'number' ? scope.valueType(use) : makeValueType(scope, use, {})
}

function optionalUse(scope: Scope, use: TypeUse | undefined): ValueType | undefined {
  return use === undefined ? undefined : resolveUse(scope, use)
}

function shapeOf(scope: Scope, definition: ValueDefinition): Shape {
  switch (definition.kind) {
    case 'record': {
      const { fields } = definition
      return {
        names: fields.map(({ name }) => name),
        parts: fields.map(({ type }) => resolveUse(scope, type)),
      }
    }
    case 'variant': {
      const { cases } = definition
      return {
        names: cases.map(({ name }) => name),
        parts: cases.map(({ type }) => optionalUse(scope, type)),
      }
    }
    case 'list': {
      const { element, length } = definition
      const parts = [resolveUse(scope, element)]
      return length === undefined ? { parts } : { parts, length }
    }
    case 'tuple':
      return { parts: definition.elements.map((use) => resolveUse(scope, use)) }
    case 'flags':
    case 'enum':
      return { names: definition.names }
    case 'option':
      return { parts: [resolveUse(scope, definition.some)] }
    case 'result':
      return { parts: [optionalUse(scope, definition.ok), optionalUse(scope, definition.error)] }
    case 'own':
    case 'borrow': {
      const resource = scope.type(definition.resource)
      if (resource.sort !== 'resource') {
        scope.ledger.fail(`type ${definition.resource} is not a resource`)
      }
      return { resource }
    }
    case 'stream':
    case 'future':
      return { parts: [carried(scope, definition.kind, definition.element)] }
    case 'map': {
      const key = resolveUse(scope, definition.key)
      if (!KEYS.has(key.kind)) scope.ledger.fail(`map with keys of type ${key.kind}`)
      return { parts: [key, resolveUse(scope, definition.value)] }
    }
    default:
      return {}
  }
}

/** Resolves the element type of a stream or future. It outlives the call, so it may not contain a borrow. */
function carried(
  scope: Scope,
  kind: 'stream' | 'future',
  use: TypeUse | undefined,
): ValueType | undefined {
  const element = optionalUse(scope, use)
  if (element?.borrows) scope.ledger.fail(`borrowed handle in a ${kind}`)
  if (kind === 'stream' && element?.kind === 'char') scope.ledger.fail('stream of char')
  return element
}

function makeValueType(scope: Scope, kind: ValueKind, shape: Shape): ValueType {
  const { ledger } = scope
  const { names = [], parts = [], length, resource } = shape
  ledger.spend(1 + parts.length)
  let size = 1 + names.length
  let depth = 0
  let borrows = kind === 'borrow'
  let mentionsResource = resource !== undefined
  for (const part of parts) {
    if (part === undefined) continue
    size += part.size
    depth = Math.max(depth, part.depth)
    borrows ||= part.borrows
    mentionsResource ||= part.mentionsResource
  }
  if (size > MAX_TYPE_SIZE) ledger.fail(`type of more than ${MAX_TYPE_SIZE} parts`)
  if (depth >= MAX_TYPE_DEPTH) ledger.fail(`type nested more than ${MAX_TYPE_DEPTH} deep`)
  const layout = layoutOf({ kind, names, parts, ...(length === undefined ? {} : { length }) })
  if (layout.bytes >= MAX_VALUE_BYTES) {
    ledger.fail(`type too large for a memory: ${layout.bytes} of ${MAX_VALUE_BYTES - 1} bytes`)
  }
  return {
    sort: 'value',
    kind,
    names,
    parts,
    ...(length === undefined ? {} : { length }),
    ...(resource === undefined ? {} : { resource }),
    size,
    depth: depth + 1,
    borrows,
    mentionsResource,
    layout,
  }
}
