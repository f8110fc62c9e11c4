/**
 * Maps: lists of pairs to the canonical ABI, a `Map` in JavaScript, as in jco.
 *
 * Between two components the pairs travel unchanged. A guest may repeat a key, and its callee decides how to handle
 * that.
 *
 * @module
 */

import type { Codec } from './codec.ts'
import type { AbiContext } from './context.ts'
import { listCodec } from './list-codec.ts'
import { tupleCodec } from './record-codec.ts'
import { mismatch } from './trap.ts'

export function mapCodec(key: Codec, value: Codec): Codec {
  const list = listCodec(tupleCodec([key, value]), { kind: 'tuple', elements: [] })
  return {
    ...list,
    load: (context, pointer) => toMap(context, list.load(context, pointer)),
    lift: (context, flat, at) => toMap(context, list.lift(context, flat, at)),
    store: (context, pointer, map) => list.store(context, pointer, toPairs(context, map)),
    lower: (context, map, flat, at) => list.lower(context, toPairs(context, map), flat, at),
  }
}

/** The last of equal keys wins. */
function toMap({ facesHost }: AbiContext, pairs: unknown): unknown {
  return facesHost ? new Map(pairs as [unknown, unknown][]) : pairs // The codec of the list made them
}

function toPairs({ facesHost }: AbiContext, map: unknown): unknown {
  if (!facesHost) return map
  return map instanceof Map ? [...map] : mismatch('Map', map)
}
