/**
 * Checks visibility from outside: types that a function or type refers to must themselves be imported or exported,
 * so that users of the component have a name for them.
 *
 * @module
 */

import type { Ledger } from './ledger.ts'
import type { Entity, FunctionType, InstanceType, Type, ValueType } from './type.ts'

/** Types and resource types that have a name. */
export type NamedTypes = ReadonlySet<object>

/** Whether all that `type` consists of is named; it need not be itself. */
export function isVisible(ledger: Ledger, type: Type, named: NamedTypes): boolean {
  switch (type.sort) {
    case 'value':
      if (type.resource !== undefined) return named.has(type.resource)
      return type.parts.every((part) => isNamed(ledger, part, named))
    case 'func':
      return isVisibleFunction(ledger, type, named)
    case 'instance':
      return isVisibleInstance(ledger, type, named)
    case 'component': // Nothing outside of it is referred to.
    case 'resource':
      return true
  }
}

export function isVisibleFunction(ledger: Ledger, type: FunctionType, named: NamedTypes): boolean {
  return (
    type.params.every((param) => isNamed(ledger, param, named)) &&
    isNamed(ledger, type.result, named)
  )
}

/** The type of an instance may refer to its own exports. */
function isVisibleInstance(ledger: Ledger, type: InstanceType, named: NamedTypes): boolean {
  ledger.spend(named.size)
  const inside = new Set(named)
  for (const entity of type.exports.values()) {
    ledger.spend(1)
    if (!isVisibleMember(ledger, entity, inside)) return false
    if (entity.sort === 'type') inside.add(entity.type)
  }
  return true
}

function isVisibleMember(ledger: Ledger, entity: Entity, named: NamedTypes): boolean {
  switch (entity.sort) {
    case 'func':
    case 'type':
    case 'instance':
      return isVisible(ledger, entity.type, named)
    case 'component':
    case 'core module':
      return true
  }
}

function isNamed(ledger: Ledger, type: ValueType | undefined, named: NamedTypes): boolean {
  if (type === undefined || named.has(type)) return true
  ledger.spend(1)
  switch (type.kind) {
    case 'record':
    case 'variant':
    case 'enum':
    case 'flags':
      return false
    default:
      return isVisible(ledger, type, named)
  }
}
