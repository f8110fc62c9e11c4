/**
 * Canonical definitions: which options they need, and the type of the core function they take or make.
 *
 * A little long because every built-in has its line in one table.
 *
 * @module
 */

import type { Canon, CanonOptions } from '../component.ts'
import { I32, I64, type CoreFunctionType } from '../core-type.ts'
import { equalCoreFunctions } from './core-match.ts'
import type { Ledger } from './ledger.ts'
import { flatten } from './layout.ts'
import type { Scope } from './scope.ts'
import { liftSignature, lowerSignature, type Signature } from './signature.ts'
import type { CoreItem, FunctionType, ResourceType, ValueType } from './type.ts'
import { resolveUse } from './value-type.ts'

const REALLOC: CoreFunctionType = { params: [I32, I32, I32, I32], results: [I32] }
const CALLBACK: CoreFunctionType = { params: [I32, I32, I32], results: [I32] }
const DESTRUCTOR: CoreFunctionType = { params: [I32], results: [] }

/** Core types of built-ins that have a constant type. Built-ins that are not in here are not checked. */
const BUILTINS: Readonly<Record<string, readonly [params: number, result: number | undefined]>> = {
  'resource.new': [1, I32],
  'resource.rep': [1, I32],
  'resource.drop': [1, undefined],
  'task.cancel': [0, undefined],
  'subtask.cancel': [1, I32],
  'subtask.drop': [1, undefined],
  'backpressure.set': [1, undefined],
  'backpressure.inc': [0, undefined],
  'backpressure.dec': [0, undefined],
  yield: [0, I32],
  'waitable-set.new': [0, I32],
  'waitable-set.drop': [1, undefined],
  'waitable-set.wait': [2, I32],
  'waitable-set.poll': [2, I32],
  'waitable.join': [2, undefined],
  'context.get': [0, I32],
  'context.set': [1, undefined],
  'stream.new': [0, I64],
  'stream.read': [3, I32],
  'stream.write': [3, I32],
  'stream.cancel-read': [1, I32],
  'stream.cancel-write': [1, I32],
  'stream.drop-readable': [1, undefined],
  'stream.drop-writable': [1, undefined],
  'future.new': [0, I64],
  'future.read': [2, I32],
  'future.write': [2, I32],
  'future.cancel-read': [1, I32],
  'future.cancel-write': [1, I32],
  'future.drop-readable': [1, undefined],
  'future.drop-writable': [1, undefined],
  'error-context.new': [2, I32],
  'error-context.debug-message': [2, undefined],
  'error-context.drop': [1, undefined],
}

/** Appends the function that `canon` defines: of the component when it is lifted, else a core function. */
export function defineCanon(scope: Scope, canon: Canon): void {
  if (canon.kind === 'lift') scope.functions.push(lift(scope, canon))
  else scope.core.func.push({ sort: 'func', type: { sort: 'func', type: coreType(scope, canon) } })
}

/** Fails unless core function `index` can destroy a resource. */
export function checkDestructor(scope: Scope, index: number): void {
  checkFunction(scope, 'destructor', scope.coreItem('func', index), DESTRUCTOR)
}

function lift(scope: Scope, canon: Canon & { readonly kind: 'lift' }): FunctionType {
  const ledger: Ledger = scope.ledger
  const type = scope.type(canon.type)
  if (type.sort !== 'func') ledger.fail(`type ${canon.type} is not a function`)
  const core = scope.coreItem('func', canon.func)
  const { options } = canon
  const signature = liftSignature(type, options)
  checkOptions(scope, options, type, signature)
  const { callback, postReturn } = options
  if (callback !== undefined) {
    if (!options.async) ledger.fail('callback without async')
    checkFunction(scope, 'callback', scope.coreItem('func', callback), CALLBACK)
  }
  if (postReturn !== undefined) {
    if (options.async) ledger.fail('post-return with async')
    const expected = { params: signature.core.results, results: [] }
    checkFunction(scope, 'post-return', scope.coreItem('func', postReturn), expected)
  }
  checkFunction(scope, 'lifted function', core, signature.core)
  return type
}

/** Returns `undefined` for a function of unknown type. */
function coreType(
  scope: Scope,
  canon: Exclude<Canon, { readonly kind: 'lift' }>,
): CoreFunctionType | undefined {
  const ledger: Ledger = scope.ledger
  switch (canon.kind) {
    case 'lower': {
      const type = scope.function(canon.func)
      const signature = lowerSignature(type, canon.options)
      checkNoCallback(scope, canon.options, 'lowered functions')
      checkOptions(scope, canon.options, type, signature)
      return signature.core
    }
    case 'resource.new':
    case 'resource.rep': {
      const { resource } = resourceType(scope, canon.type)
      if (resource.owner !== scope) ledger.fail(`${canon.kind} of a foreign resource`)
      return builtinType(canon.kind)
    }
    case 'resource.drop':
      resourceType(scope, canon.type)
      return builtinType(canon.kind)
    case 'task.return':
      return taskReturn(scope, canon)
    case 'context.get':
    case 'context.set':
      if (canon.slot > 1) ledger.fail(`context slot ${canon.slot} of 2`)
      return builtinType(canon.kind)
    case 'waitable-set.wait':
    case 'waitable-set.poll':
      checkMemory(scope, canon.memory)
      return builtinType(canon.kind)
    case 'stream':
    case 'future':
      checkEnd(scope, canon)
      return builtinType(`${canon.kind}.${canon.operation}`)
    case 'error-context.new':
    case 'error-context.debug-message':
      requireOptions(scope, canon.options, { needsMemory: true, needsRealloc: false })
      checkNoCallback(scope, canon.options, canon.kind)
      return builtinType(canon.kind)
    case 'other':
      return undefined
    default:
      return builtinType(canon.kind)
  }
}

function builtinType(builtin: string): CoreFunctionType | undefined {
  const type = Object.hasOwn(BUILTINS, builtin) ? BUILTINS[builtin] : undefined
  if (type === undefined) return undefined
  const [params, result] = type
  return {
    params: Array.from({ length: params }, () => I32),
    results: result === undefined ? [] : [result],
  }
}

function taskReturn(
  scope: Scope,
  { result: use, options }: Canon & { readonly kind: 'task.return' },
): CoreFunctionType {
  const ledger: Ledger = scope.ledger
  const result = use === undefined ? undefined : resolveUse(scope, use)
  if (result?.borrows) ledger.fail('borrowed handle in a result')
  checkNoCallback(scope, options, 'task.return')
  if (options.async || options.realloc !== undefined) {
    ledger.fail('async or realloc of task.return')
  }
  const flat = flatten([result?.layout])
  requireOptions(scope, options, {
    needsMemory: flat === undefined || result?.layout.points === true,
    needsRealloc: false,
  })
  return { params: flat ?? [I32], results: [] }
}

/** Built-ins of streams and futures. */
function checkEnd(scope: Scope, canon: Canon & { readonly kind: 'stream' | 'future' }): void {
  const { kind, operation, options } = canon
  const builtin = `${kind}.${operation}`
  const type = scope.valueType(canon.type)
  if (type.kind !== kind) scope.ledger.fail(`${builtin} of a type that is no ${kind}`)
  if (options === undefined) return
  checkCopy(scope, builtin, type, options)
  checkNoCallback(scope, options, builtin)
}

/** A read puts values into memory, and a write takes them from there. */
function checkCopy(
  scope: Scope,
  builtin: string,
  { parts: [element] }: ValueType,
  options: CanonOptions,
): void {
  const points = element?.layout.points === true
  requireOptions(scope, options, {
    needsMemory: element !== undefined,
    needsRealloc: points && builtin.endsWith('.read'),
  })
}

function checkOptions(
  scope: Scope,
  options: CanonOptions,
  type: FunctionType,
  signature: Signature,
): void {
  if (options.async && !type.async) {
    scope.ledger.fail('option "async" for a function that is not async')
  }
  requireOptions(scope, options, signature)
}

function requireOptions(
  scope: Scope,
  { memory, realloc }: CanonOptions,
  { needsMemory, needsRealloc }: Pick<Signature, 'needsMemory' | 'needsRealloc'>,
): void {
  const ledger: Ledger = scope.ledger
  if (memory !== undefined) checkMemory(scope, memory)
  else if (needsMemory) ledger.fail('option "memory" is missing')
  if (realloc !== undefined) {
    if (memory === undefined) ledger.fail('option "realloc" without "memory"')
    checkFunction(scope, 'realloc', scope.coreItem('func', realloc), REALLOC)
  } else if (needsRealloc) ledger.fail('option "realloc" is missing')
}

function checkNoCallback(scope: Scope, options: CanonOptions, what: string): void {
  if (options.postReturn !== undefined || options.callback !== undefined) {
    scope.ledger.fail(`post-return or callback of ${what}`)
  }
}

function checkMemory(scope: Scope, index: number): void {
  const { type } = scope.coreItem('memory', index)
  if (type?.sort !== 'memory') return
  const { limits } = type
  if (limits.is64) scope.ledger.fail(`memory ${index} has addresses of 64 bits`)
  if (limits.shared) scope.ledger.fail(`memory ${index} is shared`)
}

function checkFunction(
  scope: Scope,
  what: string,
  { type }: CoreItem,
  expected: CoreFunctionType,
): void {
  if (type?.sort !== 'func' || equalCoreFunctions(type.type, expected)) return
  const is = spell(type.type ?? expected)
  scope.ledger.fail(`${what} of type ${is} where ${spell(expected)} belongs`)
}

function resourceType(scope: Scope, index: number): ResourceType {
  const type = scope.type(index)
  return type.sort === 'resource' ? type : scope.ledger.fail(`type ${index} is not a resource`)
}

const NAMES: Readonly<Record<number, string>> = {
  0x7f: 'i32',
  0x7e: 'i64',
  0x7d: 'f32',
  0x7c: 'f64',
}

function spell({ params, results }: CoreFunctionType): string {
  const list = (types: readonly number[]): string =>
    `[${types.map((type) => NAMES[type] ?? 'other').join(' ')}]`
  return `${list(params)} -> ${list(results)}`
}
