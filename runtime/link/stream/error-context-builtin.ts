/**
 * Built-ins of error contexts.
 *
 * @module
 */

import { CodecSet, ErrorContext, trap } from '../../abi/index.ts'
import { expect, index, leavable } from '../call/guest-handle.ts'
import type { Body } from '../call/trampoline.ts'
import type { PlanContext } from '../compiled.ts'
import type { CanonicalOptions } from '../plan/link-plan.ts'

const STRING = new CodecSet().get({ kind: 'string' })

/** `error-context.new`: takes a string, returns a number. */
export function newErrorContext(plan: PlanContext, options: CanonicalOptions): Body {
  const compiled = plan.context(options)
  return (store, flat) => {
    const { handles } = leavable(store, options.instance, 'error-context.new')
    const context = store.context(compiled).begin(false, undefined)
    const message = STRING.lift(context, flat, 0)
    context.end()
    if (typeof message !== 'string') return trap('Cannot make an error context: no string')
    return handles.add(new ErrorContext(message, store.host))
  }
}

/** `error-context.debug-message`: writes pointer and length of a string to the address it is passed. */
export function debugMessage(plan: PlanContext, options: CanonicalOptions): Body {
  const compiled = plan.context(options)
  return (store, [handle, pointer]) => {
    const { handles } = leavable(store, options.instance, 'error-context.debug-message')
    const { message } = expect(handles.get(index(handle)), ErrorContext, handle)
    const context = store.context(compiled).begin(false, undefined)
    context.memory.claim(index(pointer), STRING.size, STRING.alignment)
    STRING.store(context, index(pointer), message)
    context.end()
  }
}
