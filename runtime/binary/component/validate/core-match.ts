/**
 * Checks whether a core definition fits where another is declared.
 *
 * References are compared as far as they are written out. The engine checks type indexes when it instantiates the
 * module.
 *
 * @module
 */

import type { CoreFunctionType, CoreValueType, Limits } from '../core-type.ts'
import type { CoreItem, ModuleType } from './type.ts'

/** Vectors and numbers have higher codes than references. */
const FIRST_NUMBER = 0x7b
const LAST_NUMBER = 0x7f

export function matchesCore(actual: CoreItem, expected: CoreItem): boolean {
  if (actual.sort !== expected.sort) return false
  const a = actual.type
  const b = expected.type
  if (a === undefined || b === undefined) return true
  switch (b.sort) {
    case 'func':
    case 'tag':
      return a.sort === b.sort && equalCoreFunctions(a.type, b.type)
    case 'global':
      return a.sort === b.sort && a.mutable === b.mutable && equalCoreValues(a.type, b.type)
    case 'memory':
      return a.sort === b.sort && matchesLimits(a.limits, b.limits)
    case 'table':
      return (
        a.sort === b.sort &&
        equalCoreValues(a.element, b.element) &&
        matchesLimits(a.limits, b.limits)
      )
  }
}

/** Returns the reason why `actual` cannot be used as `expected`. */
export function moduleMismatch(actual: ModuleType, expected: ModuleType): string | undefined {
  const given = new Map(expected.imports.map((each) => [importKey(each), each.type]))
  for (const wanted of actual.imports) {
    const label = `"${wanted.module}" "${wanted.name}"`
    const type = given.get(importKey(wanted))
    if (type === undefined) return `its import ${label} is not declared`
    if (!matchesCore({ sort: type.sort, type }, { sort: wanted.type.sort, type: wanted.type })) {
      return `its import ${label} has another type than declared`
    }
  }
  for (const [name, wanted] of expected.exports) {
    const item = actual.exports.get(name)
    if (item === undefined) return `it lacks the export "${name}"`
    if (!matchesCore(item, wanted)) return `its export "${name}" has another type than declared`
  }
  return undefined
}

export function importKey({ module, name }: { module: string; name: string }): string {
  return JSON.stringify([module, name])
}

/** `undefined` is a type nothing is known of. */
export function equalCoreFunctions(
  a: CoreFunctionType | undefined,
  b: CoreFunctionType | undefined,
): boolean {
  if (a === undefined || b === undefined || a === b) return true
  return equalLists(a.params, b.params) && equalLists(a.results, b.results)
}

function equalLists(a: readonly CoreValueType[], b: readonly CoreValueType[]): boolean {
  return a.length === b.length && a.every((type, i) => equalCoreValues(type, b[i] ?? 0))
}

function equalCoreValues(a: CoreValueType, b: CoreValueType): boolean {
  if (a === b) return true
  // `funcref` and `externref` are unrelated; a more specific type may be a subtype.
  return isSpecificReference(a) || isSpecificReference(b) ? isReference(a) && isReference(b) : false
}

function isReference(type: CoreValueType): boolean {
  return type < FIRST_NUMBER || type > LAST_NUMBER
}

function isSpecificReference(type: CoreValueType): boolean {
  return isReference(type) && type !== 0x70 && type !== 0x6f
}

function matchesLimits(actual: Limits, expected: Limits): boolean {
  if (actual.shared !== expected.shared || actual.is64 !== expected.is64) return false
  if (actual.pageSizeLog2 !== expected.pageSizeLog2) return false
  if (actual.minimum < expected.minimum) return false
  if (expected.maximum === undefined) return true
  return actual.maximum !== undefined && actual.maximum <= expected.maximum
}
