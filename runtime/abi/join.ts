/**
 * The core values that cases of a variant share: where two differ in type, the slot has a type wide enough
 * for both and each case converts.
 *
 * @module
 */

import type { Codec, FlatType, FlatValue } from './codec.ts'

export interface Conversion {
  readonly to: (value: FlatValue) => FlatValue
  readonly from: (value: FlatValue) => FlatValue
}

/** The types that hold the core values of every case. */
export function joinAll(payloads: readonly (Codec | undefined)[]): FlatType[] {
  const shared: FlatType[] = []
  for (const codec of payloads) {
    for (const [slot, type] of (codec?.flat ?? []).entries()) {
      shared[slot] = join(shared[slot] ?? type, type)
    }
  }
  return shared
}

function join(left: FlatType, right: FlatType): FlatType {
  if (left === right) return left
  const pair = `${left} ${right}`
  return pair === 'i32 f32' || pair === 'f32 i32' ? 'i32' : 'i64'
}

/** How the values of a case become the joined ones and back; `undefined` when they are the same. */
export function conversions(
  own: readonly FlatType[],
  shared: readonly FlatType[],
): readonly Conversion[] | undefined {
  if (own.every((type, slot) => type === shared[slot])) return undefined
  return own.map((type, slot) => conversion(type, shared[slot] as FlatType)) // As long as the longest case
}

// Reinterprets bits. Written and read in one step, so it carries nothing from one use to the next.
const scratch = new DataView(new ArrayBuffer(8))

function conversion(own: FlatType, shared: FlatType): Conversion {
  switch (`${own} ${shared}`) {
    case 'f32 i32':
      return {
        to: (value) => (scratch.setFloat32(0, value as number), scratch.getInt32(0)),
        from: (value) => (scratch.setInt32(0, value as number), scratch.getFloat32(0)),
      }
    case 'i32 i64':
      return {
        to: (value) => BigInt((value as number) >>> 0),
        from: (value) => Number(BigInt.asIntN(32, value as bigint)),
      }
    case 'f32 i64':
      return {
        to: (value) => (scratch.setFloat32(0, value as number), BigInt(scratch.getUint32(0))),
        from: (value) => (
          scratch.setInt32(0, Number(BigInt.asIntN(32, value as bigint))),
          scratch.getFloat32(0)
        ),
      }
    case 'f64 i64':
      return {
        to: (value) => (scratch.setFloat64(0, value as number), scratch.getBigInt64(0)),
        from: (value) => (scratch.setBigInt64(0, value as bigint), scratch.getFloat64(0)),
      }
    default:
      return { to: (value) => value, from: (value) => value }
  }
}
