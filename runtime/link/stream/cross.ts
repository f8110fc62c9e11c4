/**
 * Readable ends on their way between guests and the host.
 *
 * @module
 */

import {
  mismatch,
  trap,
  type AbiContext,
  type Elements,
  type EndKind,
  type InstanceState,
} from '../../abi/index.ts'
import { isThenable } from '../call/host-outcome.ts'
import type { OpenCalls } from '../call/open-calls.ts'
import type { EndCrossing, Store } from '../store.ts'
import { CopyEnd, type Shared } from './copy-end.ts'
import { checkHostInput } from './host-input.ts'
import { HostPromise } from './host-promise.ts'
import { HostSource } from './host-source.ts'

/** How a store passes ends. */
export const END_CROSSING: EndCrossing = { lift: liftEnd, lower: lowerEnd }

/** Returns the end that a guest names by number, when it is of that kind and has such elements. */
export function endOf(
  { handles }: InstanceState,
  handle: number,
  kind: EndKind,
  readable: boolean,
  elements: Elements,
): CopyEnd {
  const end = handles.get(handle)
  const fits =
    end instanceof CopyEnd &&
    end.kind === kind &&
    end.readable === readable &&
    end.shared.elements === elements
  return fits ? end : trap(`Cannot use handle ${handle}: it is of another kind`)
}

/** Takes an end away from its guest. The host gets a stream or a promise, another guest what the ends share. */
function liftEnd(
  store: Store,
  { state, facesHost }: AbiContext,
  kind: EndKind,
  elements: Elements,
  handle: number,
): unknown {
  const end = endOf(state, handle, kind, true, elements)
  const fault =
    (end.state === 'done' && `the ${kind} is over`) ||
    (end.state !== 'idle' && 'a copy runs') ||
    (end.set !== undefined && 'it is in a waitable set')
  if (fault) trap(`Cannot give away handle ${handle}: ${fault}`)
  state.handles.remove(handle)
  return facesHost ? end.shared.toHost(store, store.calls) : end.shared
}

/** Gives an end to a guest: the number it has there. @throws {ValueMismatch} */
function lowerEnd(
  store: Store,
  { state, facesHost }: AbiContext,
  kind: EndKind,
  elements: Elements,
  value: unknown,
): number {
  const { handles } = state
  const shared = facesHost ? ofHost(kind, elements, value, store.calls) : (value as Shared) // As `liftEnd` made it
  const end = new CopyEnd(kind, true, shared)
  end.handle = handles.add(end)
  return end.handle
}

function ofHost(kind: EndKind, elements: Elements, value: unknown, calls: OpenCalls): Shared {
  if (kind === 'stream') return new HostSource(elements, checkHostInput(value), calls)
  return isThenable(value) ? new HostPromise(elements, value, calls) : mismatch('Promise', value)
}
