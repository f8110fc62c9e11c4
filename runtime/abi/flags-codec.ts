/**
 * Flags: an object of booleans in JavaScript, a bit each in the guest.
 *
 * @module
 */

import { MayflyError } from '../errors/index.ts'
import type { Codec } from './codec.ts'
import { givenUnder } from './inherited.ts'
import { camelCase } from './names.ts'
import { mismatch, within } from './trap.ts'

// The component model allows no more.
const MAX_FLAGS = 32

export function flagsCodec(names: readonly string[]): Codec {
  if (names.length > MAX_FLAGS) {
    throw new MayflyError(
      'ERR_COMPONENT_UNSUPPORTED',
      `Cannot link flags of ${names.length} names: ${MAX_FLAGS} is the most the component model allows`,
    )
  }
  const keys = names.map(camelCase)
  const size = names.length <= 8 ? 1 : names.length <= 16 ? 2 : 4
  return {
    size,
    alignment: size,
    flat: ['i32'],
    borrows: false,
    load: ({ memory: { view } }, pointer) => {
      if (size === 1) return decode(keys, view.getUint8(pointer))
      return decode(keys, size === 2 ? view.getUint16(pointer, true) : view.getInt32(pointer, true))
    },
    store: ({ memory: { view } }, pointer, value) => {
      const bits = encode(keys, value)
      if (size === 1) view.setUint8(pointer, bits)
      else if (size === 2) view.setUint16(pointer, bits, true)
      else view.setInt32(pointer, bits, true)
    },
    lift: (_context, flat, at) => decode(keys, flat[at] as number), // i32
    lower: (_context, value, flat, at) => {
      flat[at] = encode(keys, value)
    },
  }
}

function decode(keys: readonly string[], bits: number): Record<string, boolean> {
  const flags: Record<string, boolean> = {}
  for (const [bit, key] of keys.entries()) flags[key] = (bits & (1 << bit)) !== 0
  return flags
}

// A flag left out is off.
function encode(keys: readonly string[], value: unknown): number {
  if (typeof value !== 'object' || value === null) mismatch('flags', value)
  let bits = 0
  for (const [bit, key] of keys.entries()) {
    const flag = givenUnder(value, key)
    if (flag === true) bits |= 1 << bit
    else if (flag !== false && flag !== undefined) refuse(key, flag)
  }
  return bits
}

function refuse(key: string, flag: unknown): never {
  try {
    return mismatch('bool', flag)
  } catch (error) {
    throw within(error, `.${key}`)
  }
}
