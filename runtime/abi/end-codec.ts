/**
 * Readable ends of streams and futures, and error contexts.
 *
 * An end that crosses leaves the table of its guest. What both sides share passes between two components; towards the
 * host the bridge makes a stream or a promise of it.
 *
 * @module
 */

import type { Codec } from './codec.ts'
import type { AbiContext, Elements, EndKind } from './context.ts'
import { ErrorContext } from './error-context.ts'
import { indexCodec } from './resource-codec.ts'
import { mismatch, trap } from './trap.ts'

export function endCodec(kind: EndKind, elements: Elements): Codec {
  return indexCodec(
    false,
    (context, index) => context.bridge.liftEnd(context, kind, elements, index),
    (context, value) => context.bridge.lowerEnd(context, kind, elements, value),
  )
}

export const errorContextCodec: Codec = indexCodec(false, liftErrorContext, lowerErrorContext)

function liftErrorContext({ state, facesHost }: AbiContext, index: number): unknown {
  const entry = state.handles.get(index)
  if (!(entry instanceof ErrorContext)) return trap(`Cannot use handle ${index}: no error context`)
  return facesHost ? new Error(entry.message) : entry
}

function lowerErrorContext({ state, facesHost, bridge }: AbiContext, value: unknown): number {
  if (facesHost && !(value instanceof Error)) return mismatch('Error', value)
  const { message } = value as Error | ErrorContext // As `liftErrorContext` says
  return state.handles.add(new ErrorContext(message, bridge.host))
}
