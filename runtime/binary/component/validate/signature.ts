/**
 * The core type of a function that is lifted or lowered, and the options that its values need.
 *
 * @module
 */

import type { CanonOptions } from '../component.ts'
import { I32, type CoreFunctionType } from '../core-type.ts'
import { flatten, MAX_FLAT } from './layout.ts'
import type { FunctionType } from './type.ts'

/** Asynchronous calls pass more than this through memory: it is read after the caller went on. */
const MAX_ASYNC_PARAMS = 4

/** A core type, and the options that are needed to pass its values. */
export interface Signature {
  readonly core: CoreFunctionType
  readonly needsMemory: boolean
  readonly needsRealloc: boolean
}

export function liftSignature({ params, result }: FunctionType, options: CanonOptions): Signature {
  const layouts = params.map(({ layout }) => layout)
  const flat = flatten(layouts)
  const points = layouts.some((layout) => layout.points)
  const results = flatten([result?.layout], 1)
  const needsRealloc = points || flat === undefined
  // Results of an asynchronous function are passed by task.return.
  const passesResults = !options.async && (results === undefined || result?.layout.points === true)
  const returned = options.async
    ? options.callback === undefined
      ? []
      : [I32]
    : (results ?? [I32])
  return {
    core: { params: flat ?? [I32], results: returned },
    needsMemory: needsRealloc || passesResults,
    needsRealloc,
  }
}

export function lowerSignature(
  { params, result }: FunctionType,
  { async }: CanonOptions,
): Signature {
  const layouts = params.map(({ layout }) => layout)
  const flat = flatten(layouts, async ? MAX_ASYNC_PARAMS : MAX_FLAT)
  const results = async && result !== undefined ? undefined : flatten([result?.layout], 1)
  const needsRealloc = result?.layout.points === true
  return {
    core: {
      params: [...(flat ?? [I32]), ...(results === undefined ? [I32] : [])],
      results: async ? [I32] : (results ?? []),
    },
    needsMemory:
      needsRealloc ||
      flat === undefined ||
      results === undefined ||
      layouts.some((layout) => layout.points),
    needsRealloc,
  }
}
