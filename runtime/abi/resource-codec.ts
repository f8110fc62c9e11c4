/**
 * Owned and borrowed handles.
 *
 * Between two components a resource travels as its representation; towards the host the bridge makes an
 * object of it.
 *
 * @module
 */

import type { Codec } from './codec.ts'
import type { AbiContext } from './context.ts'
import { ResourceHandle } from './handle-table.ts'
import { trap } from './trap.ts'

export function ownCodec(resource: number): Codec {
  return indexCodec(false, liftOwn, lowerOwn)

  function liftOwn(context: AbiContext, index: number): unknown {
    const { handles } = context.state
    const handle = handles.resource(index, resource)
    if (!handle.own) trap(`Cannot give away handle ${index}: it is borrowed`)
    if (handle.lends > 0) trap(`Cannot give away handle ${index}: it is lent to a running call`)
    handles.remove(index)
    return context.facesHost ? context.bridge.ownToHost(resource, handle.rep) : handle.rep
  }

  function lowerOwn(context: AbiContext, value: unknown): number {
    const rep = context.facesHost ? context.bridge.ownFromHost(resource, value) : value
    return context.state.handles.add(new ResourceHandle(resource, rep, true))
  }
}

export function borrowCodec(resource: number): Codec {
  return indexCodec(true, liftBorrow, lowerBorrow)

  function liftBorrow(context: AbiContext, index: number): unknown {
    const handle = context.state.handles.resource(index, resource)
    context.scope.lend(handle)
    return context.facesHost
      ? context.bridge.borrowToHost(resource, handle.rep, context.scope)
      : handle.rep
  }

  function lowerBorrow(context: AbiContext, value: unknown): number {
    const { bridge, state, scope } = context
    const rep = context.facesHost ? bridge.borrowFromHost(resource, value, scope) : value
    // Its own resource reaches an instance as the representation itself.
    if (bridge.implementer(resource) === state) return rep as number
    scope.borrows++
    return state.handles.add(new ResourceHandle(resource, rep, false, scope))
  }
}

/** A codec of numbers in the table of an instance. */
export function indexCodec(
  borrows: boolean,
  lift: (context: AbiContext, index: number) => unknown,
  lower: (context: AbiContext, value: unknown) => number,
): Codec {
  return {
    size: 4,
    alignment: 4,
    flat: ['i32'],
    borrows,
    load: (context, pointer) => lift(context, context.memory.view.getUint32(pointer, true)),
    store: (context, pointer, value) => {
      context.memory.view.setUint32(pointer, lower(context, value), true)
    },
    lift: (context, flat, at) => lift(context, (flat[at] as number) >>> 0), // i32
    lower: (context, value, flat, at) => {
      flat[at] = lower(context, value)
    },
  }
}
