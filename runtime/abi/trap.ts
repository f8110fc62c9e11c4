/**
 * The two ways a value is refused: a guest that breaks the canonical ABI traps, a host value that does not
 * fit its type is a mismatch.
 *
 * @module
 */

import { MayflyError } from '../errors/index.ts'

/** Ends the guest: `reason` names its fault. */
export function trap(reason: string): never {
  throw new MayflyError('ERR_GUEST_TRAPPED', reason)
}

/** A JavaScript value that does not fit. Turned into a `MayflyError` where the whole path is known. */
export class ValueMismatch extends Error {
  override readonly name = 'ValueMismatch'
  /** Where in the value: `.port`, `[3].name`. Grows outwards while the error travels. */
  path = ''
  readonly expected: string
  readonly actual: string

  constructor(expected: string, value: unknown) {
    super(`expected ${expected}`)
    this.expected = expected
    this.actual = describe(value)
  }
}

/** Throws a mismatch at the value itself. */
export function mismatch(expected: string, value: unknown): never {
  throw new ValueMismatch(expected, value)
}

/** Returns `error` with `segment` put before its path, when it is a mismatch. */
export function within(error: unknown, segment: string): unknown {
  if (error instanceof ValueMismatch) error.path = segment + error.path
  return error
}

// The longest string shown in full. The rest would not help and may be secret.
const SHOWN_CHARACTERS = 40

function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > SHOWN_CHARACTERS
        ? `a string of ${value.length} characters`
        : JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
    default:
      return `a ${typeof value}`
  }
}
