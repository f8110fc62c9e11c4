/**
 * Turns canonical definitions into items: lifted functions and trampolines.
 *
 * Indices are checked when the definition is met; the entry in the plan is made when something refers to it.
 *
 * @module
 */

import type { Canon, CanonOptions } from '../../binary/index.ts'
import type { CanonicalOptions, Trampoline } from './link-plan.ts'
import { malformed } from './fault.ts'
import type { CoreItem, FunctionItem, ResourceTypeItem } from './item.ts'
import type { Planner } from './planner.ts'
import { resolveUse } from './resolve-type.ts'
import type { Scope } from './scope.ts'

type Lift = Canon & { readonly kind: 'lift' }

/** Returns the component function that `canon lift` defines. */
export function liftItem(
  planner: Planner,
  scope: Scope,
  canon: Lift,
  offset: number,
): FunctionItem {
  const type = scope.type(canon.type, offset)
  if (type.kind !== 'func') return malformed(`type ${canon.type} is not a function`, offset)
  const core = scope.coreItem('func', canon.func, offset)
  const { options } = canon
  if (options.callback !== undefined && !options.async) malformed('callback without async', offset)
  if (options.postReturn !== undefined && options.async) malformed('post-return with async', offset)
  const resolve = resolveOptions(scope, options, offset)
  const reference = planner.lift(() => {
    planner.spend(type.size, offset)
    return { core: core.reference(), type: type.type, options: resolve() }
  }, offset)
  return { sort: 'func', type, name: 'lifted function', reference }
}

/** Returns the core function that any other canonical definition makes. */
export function trampolineItem(
  planner: Planner,
  scope: Scope,
  canon: Exclude<Canon, Lift>,
  offset: number,
): CoreItem {
  const make = trampoline(planner, scope, canon, offset)
  return { sort: 'func', reference: planner.trampoline(make, offset) }
}

function trampoline(
  planner: Planner,
  scope: Scope,
  canon: Exclude<Canon, Lift>,
  offset: number,
): () => Trampoline {
  const { instance } = scope
  switch (canon.kind) {
    case 'lower':
      return lower(planner, scope, canon, offset)
    case 'resource.new':
    case 'resource.rep': {
      const { kind } = canon
      const resource = scope.resource(canon.type, offset)
      if (!isOwnResource(planner, scope, resource))
        malformed(`${kind} of a foreign resource`, offset)
      return () => ({ kind, resource: resource.resource, instance })
    }
    case 'resource.drop': {
      const { resource } = scope.resource(canon.type, offset)
      return () => ({ kind: 'resource.drop', resource, instance })
    }
    case 'task.return':
      return taskReturn(planner, scope, canon, offset)
    case 'context.get':
    case 'context.set': {
      const { kind, slot } = canon
      if (slot > 1) malformed(`context slot ${slot} of 2`, offset)
      return () => ({ kind, slot, instance })
    }
    case 'waitable-set.wait':
    case 'waitable-set.poll': {
      const { kind, cancellable } = canon
      const memory = scope.coreItem('memory', canon.memory, offset)
      return () => ({ kind, instance, memory: memory.reference(), cancellable })
    }
    case 'stream':
    case 'future':
      return end(planner, scope, canon, offset)
    case 'error-context.new':
    case 'error-context.debug-message': {
      const { kind } = canon
      const resolve = resolveOptions(scope, canon.options, offset)
      return () => ({ kind, options: resolve() })
    }
    case 'other': {
      const { builtin } = canon
      return () => ({ kind: 'unsupported', builtin, instance })
    }
    case 'task.cancel':
      return () => ({ kind: 'task.cancel', instance })
    case 'subtask.cancel': {
      const { kind, flag = false } = canon
      return () => ({ kind, instance, async: flag })
    }
    case 'yield': {
      const { kind, flag = false } = canon
      return () => ({ kind, instance, cancellable: flag })
    }
    default: {
      const { kind } = canon
      return () => ({ kind, instance })
    }
  }
}

function lower(
  planner: Planner,
  scope: Scope,
  canon: Canon & { readonly kind: 'lower' },
  offset: number,
): () => Trampoline {
  const target = scope.function(canon.func, offset)
  const { options } = canon
  if (options.postReturn !== undefined || options.callback !== undefined) {
    malformed('post-return or callback of a lowered function', offset)
  }
  const resolve = resolveOptions(scope, options, offset)
  return () => {
    const { type } = target
    planner.spend(type.size, offset)
    return { kind: 'lower', target: target.reference(), type: type.type, options: resolve() }
  }
}

function taskReturn(
  planner: Planner,
  scope: Scope,
  canon: Canon & { readonly kind: 'task.return' },
  offset: number,
): () => Trampoline {
  const resolve = resolveOptions(scope, canon.options, offset)
  if (canon.result === undefined) return () => ({ kind: 'task.return', options: resolve() })
  const result = resolveUse(scope, canon.result, offset)
  return () => {
    planner.spend(result.size, offset)
    return { kind: 'task.return', result: result.type, options: resolve() }
  }
}

function end(
  planner: Planner,
  scope: Scope,
  canon: Canon & { readonly kind: 'stream' | 'future' },
  offset: number,
): () => Trampoline {
  const { kind, operation, options, async } = canon
  const { type, size } = resolveUse(scope, canon.type, offset)
  if (type.kind !== kind) return malformed(`${kind}.${operation} of a type that is none`, offset)
  const { element } = type
  const resolve = options && resolveOptions(scope, options, offset)
  return () => {
    planner.spend(size, offset)
    return {
      kind,
      operation,
      instance: scope.instance,
      ...(element === undefined ? {} : { element }),
      ...(resolve === undefined ? {} : { options: resolve() }),
      ...(async === undefined ? {} : { async }),
    }
  }
}

function resolveOptions(
  scope: Scope,
  options: CanonOptions,
  offset: number,
): () => CanonicalOptions {
  const { encoding, async } = options
  const { instance } = scope
  const optional = (sort: 'func' | 'memory', index: number | undefined): CoreItem | undefined =>
    index === undefined ? undefined : scope.coreItem(sort, index, offset)
  const memory = optional('memory', options.memory)
  const realloc = optional('func', options.realloc)
  const postReturn = optional('func', options.postReturn)
  const callback = optional('func', options.callback)
  return () => ({
    instance,
    encoding,
    async,
    ...(memory === undefined ? {} : { memory: memory.reference() }),
    ...(realloc === undefined ? {} : { realloc: realloc.reference() }),
    ...(postReturn === undefined ? {} : { postReturn: postReturn.reference() }),
    ...(callback === undefined ? {} : { callback: callback.reference() }),
  })
}

/** Only the component instance that defines a resource may see representations. */
function isOwnResource(planner: Planner, scope: Scope, { resource }: ResourceTypeItem): boolean {
  const definition = planner.resources[resource]
  return definition?.kind === 'defined' && definition.instance === scope.instance
}
