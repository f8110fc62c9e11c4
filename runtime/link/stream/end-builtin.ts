/**
 * Built-ins of streams and futures.
 *
 * @module
 */

import { trap, type Elements } from '../../abi/index.ts'
import { index, leavable } from '../call/guest-handle.ts'
import type { Body } from '../call/trampoline.ts'
import type { PlanContext } from '../compiled.ts'
import { BLOCKED, WaitableSet } from '../concurrent/waitable.ts'
import type { Trampoline } from '../plan/link-plan.ts'
import { refuseToWait } from '../stack/stack-switching.ts'
import type { Held } from '../stack/waits.ts'
import type { Store } from '../store.ts'
import { CopyEnd } from './copy-end.ts'
import { endOf } from './cross.ts'
import { GuestBuffer } from './guest-buffer.ts'
import { GuestFuture } from './guest-future.ts'
import { GuestStream } from './guest-stream.ts'

type EndBuiltin = Extract<Trampoline, { kind: 'stream' | 'future' }>

/** The built-in, and how many parameters it has. */
export function endBuiltin(
  plan: PlanContext,
  definition: EndBuiltin,
): { readonly name: string; readonly count: number; readonly body: Body } {
  const { kind, operation } = definition
  const name = `${kind}.${operation}`
  const elements = plan.codecs.elements(definition.element)
  switch (operation) {
    case 'new':
      return { name, count: 0, body: newBody(definition, name, elements) }
    case 'read':
    case 'write':
      return {
        name,
        count: kind === 'stream' ? 3 : 2,
        body: copyBody(plan, definition, name, elements),
      }
    case 'cancel-read':
    case 'cancel-write':
      return { name, count: 1, body: cancelBody(definition, name, elements) }
    case 'drop-readable':
    case 'drop-writable':
      return { name, count: 1, body: dropBody(definition, name, elements) }
  }
}

function newBody({ kind, instance }: EndBuiltin, name: string, elements: Elements): Body {
  return (store) => {
    const { handles } = leavable(store, instance, name)
    const shared = kind === 'stream' ? new GuestStream(elements) : new GuestFuture(elements)
    const readable = new CopyEnd(kind, true, shared)
    const writable = new CopyEnd(kind, false, shared)
    readable.handle = handles.add(readable)
    writable.handle = handles.add(writable)
    return BigInt(readable.handle) | (BigInt(writable.handle) << 32n)
  }
}

function copyBody(
  plan: PlanContext,
  { kind, operation, instance, options }: EndBuiltin,
  name: string,
  elements: Elements,
): Body {
  if (options === undefined) return trap(`Cannot link ${name}: it has no options`)
  const compiled = plan.context(options)
  return (store, [handle, pointer, length]) => {
    const state = leavable(store, instance, name)
    const end = endOf(state, index(handle), kind, operation === 'read', elements)
    const fault =
      (end.state === 'done' && `the ${kind} is over`) ||
      (end.state !== 'idle' && 'a copy runs') ||
      (!options.async && end.set !== undefined && 'it is in a waitable set')
    if (fault) trap(`Cannot run ${name} on handle ${index(handle)}: ${fault}`)
    const count = kind === 'stream' ? index(length) : 1
    end.copy(store, new GuestBuffer(store, compiled, elements, index(pointer), count))
    if (end.ready) return end.take(store)[2]
    return options.async ? BLOCKED : waitFor(store, end, name)
  }
}

function cancelBody(
  { kind, operation, instance, async }: EndBuiltin,
  name: string,
  elements: Elements,
): Body {
  return (store, [handle]) => {
    const state = leavable(store, instance, name)
    const end = endOf(state, index(handle), kind, operation === 'cancel-read', elements)
    const fault =
      ((end.state !== 'copying' || end.awaited) && 'no copy can be cancelled') ||
      (async !== true && end.set !== undefined && 'it is in a waitable set')
    if (fault) trap(`Cannot run ${name} on handle ${index(handle)}: ${fault}`)
    end.state = 'cancelling'
    // The other side never has to be asked: a copy that is cancelled ends at once.
    if (!end.ready) end.shared.cancel(end)
    return end.take(store)[2]
  }
}

function dropBody(
  { kind, operation, instance }: EndBuiltin,
  name: string,
  elements: Elements,
): Body {
  return (store, [handle]) => {
    const state = leavable(store, instance, name)
    const end = endOf(state, index(handle), kind, operation === 'drop-readable', elements)
    const fault =
      (end.copying && 'a copy runs') ||
      (kind === 'future' && !end.readable && end.state !== 'done' && 'nothing was written')
    if (fault) trap(`Cannot run ${name} on handle ${index(handle)}: ${fault}`)
    end.join(undefined)
    state.handles.remove(index(handle))
    end.shared.drop(end)
  }
}

/** Suspends the guest until the copy of `end` has ended. */
function waitFor(store: Store, end: CopyEnd, name: string): Held {
  const take = (): number => {
    end.awaited = false
    return end.take(store)[2]
  }
  const { scheduler, task } = store
  end.awaited = true
  store.host.awaits?.(true)
  if (scheduler !== undefined) return scheduler.park(() => end.ready, take)
  const set = new WaitableSet()
  end.join(set)
  const sleep = set.sleep()
  if (!store.suspendable) refuseToWait(name, sleep)
  return store.waits.hold(sleep, name, () => {
    store.task = task
    end.join(undefined)
    return take()
  })
}
