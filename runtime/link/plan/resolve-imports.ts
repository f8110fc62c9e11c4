/**
 * Finds, for each import of a plan, the host function that serves it, in objects laid out as jco takes them.
 *
 * @module
 */

import { camelCase, givenUnder, isInherited, pascalCase } from '../../abi/index.ts'
import { interfacePath } from './nested-interface.ts'
import type { ImportedFunction, LinkPlan } from './link-plan.ts'

/** A function of the world, or the members of an interface: functions and classes of resources. */
export type ImportSource = Readonly<Record<string, unknown>>

/** Calls the host with the lifted arguments. */
export type HostCallable = (values: unknown[]) => unknown

/** The functions that serve imports, and the imports that none serves. */
export interface ResolvedImports {
  /** By import index; `undefined` where nothing was found. */
  readonly callables: readonly (HostCallable | undefined)[]
  readonly missing: readonly ImportedFunction[]
}

/**
 * Resolves the imports of `plan` in `imports`: interface name, with or without version, to an object with
 * functions in camelCase and resource classes in PascalCase. A function of the world itself is found under
 * its own name. An instance that an interface exports is an object in it. A compatible version serves as well
 * as the one asked for.
 */
export function resolveImports(plan: LinkPlan, imports: ImportSource): ResolvedImports {
  const find = interfaceFinder(imports)
  const callables = plan.imports.map((imported) => {
    const source = imported.interface === '' ? imports : find(imported.interface)
    return source && callableOf(source, imported.name)
  })
  return { callables, missing: plan.imports.filter((_, index) => callables[index] === undefined) }
}

function interfaceFinder(imports: ImportSource): (name: string) => ImportSource | undefined {
  const found = new Map<string, ImportSource | undefined>()
  return (name) => {
    if (!found.has(name)) {
      const [outer, ...inner] = interfacePath(name)
      const source = findInterface(imports, outer)
      found.set(name, inner.reduce(member, source))
    }
    return found.get(name)
  }
}

/** An interface inside another: an object under its name, in camel case or as it is. */
function member(source: ImportSource | undefined, name: string): ImportSource | undefined {
  const found = source?.[camelCase(name)] ?? source?.[name]
  return typeof found === 'object' && found !== null ? (found as ImportSource) : undefined
}

function findInterface(imports: ImportSource, name: string): ImportSource | undefined {
  const [base = name, version] = name.split('@')
  const compatible = Object.keys(imports).filter((key) => {
    const [keyBase, keyVersion] = key.split('@')
    return keyBase === base && (version === undefined || keyVersion !== undefined)
  })
  const track = version && trackOf(version)
  const key = [name, base, ...compatible].find(
    (each) =>
      each in imports &&
      (each === name || each === base || !track || trackOf(each.split('@')[1] ?? '') === track),
  )
  const source = key === undefined ? undefined : imports[key]
  return typeof source === 'object' && source !== null ? (source as ImportSource) : undefined
}

/** Versions with the same track are compatible: `1`, `0.2`; a pre-release only with itself. */
function trackOf(version: string): string {
  if (version.includes('-')) return version
  const [major = '', minor = ''] = version.split('.')
  return major === '0' ? (minor === '0' ? version : `0.${minor}`) : major
}

/** Finds the function that `name` stands for, as in the binary: `get`, `[method]bucket.get`, `[constructor]bucket`. */
export function callableOf(source: ImportSource, name: string): HostCallable | undefined {
  const [, kind, resource = '', member = ''] = /^\[([\w-]+)\]([^.]*)(?:\.(.*))?$/.exec(name) ?? []
  if (kind === undefined) return plain(source, name)
  const Class = source[pascalCase(resource)]
  if (typeof Class !== 'function') return undefined
  const key = camelCase(member)
  switch (kind) {
    case 'constructor':
      return (values) => Reflect.construct(Class, values)
    case 'method':
    case 'async-method':
      return hasMethod(Class, key) ? (values) => callMethod(values, key) : undefined
    default: {
      const method: unknown = (Class as unknown as ImportSource)[key]
      // Every function has `call` and `bind`.
      return typeof method === 'function' && method !== Reflect.get(Function.prototype, key)
        ? (values) => Reflect.apply(method, Class, values)
        : undefined
    }
  }
}

function plain(source: ImportSource, name: string): HostCallable | undefined {
  const found = givenUnder(source, camelCase(name)) ?? givenUnder(source, name)
  // jco takes a function of the world as `{ default: function }`.
  const target =
    typeof found === 'object' && found !== null ? (found as { default?: unknown }).default : found
  return typeof target === 'function'
    ? (values) => Reflect.apply(target, source, values)
    : undefined
}

function hasMethod(Class: { prototype?: unknown }, key: string): boolean {
  const { prototype } = Class
  if (typeof prototype !== 'object' || prototype === null || !(key in prototype)) return false
  // An object of the class, as far as its methods go.
  return !isInherited(key) || givenUnder(Object.create(prototype) as object, key) !== undefined
}

// Looked up in the object, not in the class: a driver may hand out a subclass.
function callMethod([self, ...values]: unknown[], key: string): unknown {
  const method = (self as Record<string, unknown>)[key]
  if (typeof method !== 'function')
    throw new TypeError(`Cannot call method "${key}": there is none`)
  return Reflect.apply(method, self, values)
}
