/**
 * Whether two resolved types are the same: structurally, and resources by identity.
 *
 * @module
 */

import type { FunctionType, NamedType, ValueType, VariantCase } from '../../abi/index.ts'

/** The names of parameters count, as they do in the component model. */
export function equalFunctions(a: FunctionType, b: FunctionType): boolean {
  if (a === b) return true
  return a.async === b.async && equalFields(a.params, b.params) && equalOptional(a.result, b.result)
}

/** Whether two value types are the same. */
export function equalTypes(a: ValueType, b: ValueType): boolean {
  if (a === b) return true
  switch (a.kind) {
    case 'record':
      return b.kind === 'record' && equalFields(a.fields, b.fields)
    case 'variant':
      return b.kind === 'variant' && equalFields(a.cases, b.cases)
    case 'list':
      return b.kind === 'list' && a.length === b.length && equalTypes(a.element, b.element)
    case 'map':
      return b.kind === 'map' && equalTypes(a.key, b.key) && equalTypes(a.value, b.value)
    case 'tuple': {
      if (b.kind !== 'tuple' || a.elements.length !== b.elements.length) return false
      return a.elements.every((element, i) => equalOptional(element, b.elements[i]))
    }
    case 'flags':
    case 'enum': {
      if (b.kind !== a.kind || a.names.length !== b.names.length) return false
      return a.names.every((name, i) => name === b.names[i])
    }
    case 'option':
      return b.kind === 'option' && equalTypes(a.some, b.some)
    case 'result':
      return b.kind === 'result' && equalOptional(a.ok, b.ok) && equalOptional(a.error, b.error)
    case 'own':
    case 'borrow':
      return b.kind === a.kind && a.resource === b.resource
    case 'stream':
    case 'future':
      return b.kind === a.kind && equalOptional(a.element, b.element)
    default:
      return a.kind === b.kind
  }
}

function equalFields(
  a: readonly (NamedType | VariantCase)[],
  b: readonly (NamedType | VariantCase)[],
): boolean {
  if (a.length !== b.length) return false
  return a.every((field, i) => {
    const other = b[i]
    return other !== undefined && field.name === other.name && equalOptional(field.type, other.type)
  })
}

function equalOptional(a: ValueType | undefined, b: ValueType | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return equalTypes(a, b)
}
