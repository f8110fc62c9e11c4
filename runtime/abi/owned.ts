/**
 * Finds the resources that a value of the host would give away.
 *
 * A value that no guest takes was never checked against its type, so nothing here relies on its shape.
 *
 * @module
 */

import { camelCase } from './names.ts'
import type { ValueType } from './types.ts'

/** Called with each resource that is found: the index of its type, and the object. */
export type Found = (resource: number, object: object) => void

/** Finds the resources in a value. */
export type Finder = (value: unknown, found: Found) => void

/** Returns the finder for values of `type`; nothing when such values give no resource away. */
export function ownedIn(type: ValueType | undefined): Finder | undefined {
  switch (type?.kind) {
    case 'own': {
      const { resource } = type
      return (value, found) => {
        if (isObject(value)) found(resource, value)
      }
    }
    case 'option':
      return type.some.kind === 'option'
        ? inCase([['some', ownedIn(type.some)]])
        : ownedIn(type.some)
    case 'list':
      return inEach(ownedIn(type.element))
    case 'map':
      return inEach(inParts([ownedIn(type.key), ownedIn(type.value)].entries()))
    case 'tuple':
      return inParts(type.elements.map(ownedIn).entries())
    case 'record':
      return inParts(type.fields.map((field) => [camelCase(field.name), ownedIn(field.type)]))
    case 'variant':
      return inCase(type.cases.map((each) => [each.name, ownedIn(each.type)]))
    case 'result':
      return inCase([
        ['ok', ownedIn(type.ok)],
        ['err', ownedIn(type.error)],
      ])
    default:
      return undefined
  }
}

function inEach(find: Finder | undefined): Finder | undefined {
  return (
    find &&
    ((values, found) => {
      if (!Array.isArray(values) && !(values instanceof Map)) return
      for (const value of values) find(value, found)
    })
  )
}

function inParts(
  parts: Iterable<readonly [key: string | number, find: Finder | undefined]>,
): Finder | undefined {
  const finders = [...parts].filter(([, find]) => find !== undefined)
  if (finders.length === 0) return undefined
  return (value, found) => {
    if (!isObject(value)) return
    for (const [key, find] of finders) find?.(Reflect.get(value, key), found)
  }
}

function inCase(
  cases: readonly (readonly [name: string, find: Finder | undefined])[],
): Finder | undefined {
  if (cases.every(([, find]) => find === undefined)) return undefined
  const finders = new Map(cases)
  return (value, found) => {
    if (!isObject(value)) return
    const { tag, val } = value as { tag?: unknown; val?: unknown } // Any values are fine
    finders.get(tag as string)?.(val, found)
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
