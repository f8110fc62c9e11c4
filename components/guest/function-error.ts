/** The error that a function of an agent has for its caller. @module */

import type { JsonValue } from './stored-value.ts'

/**
 * An error for the caller of a function, who gets `value`. Any other error that a function throws is for the log of the
 * operator alone.
 *
 * @example
 * ```ts
 * throw new FunctionError({ reason: 'no such city', city })
 * ```
 */
export class FunctionError extends Error {
  override readonly name = 'FunctionError'
  readonly value: JsonValue

  /** @param value - a text or any other JSON */
  constructor(value: JsonValue) {
    super(typeof value === 'string' ? value : JSON.stringify(value))
    this.value = value
  }
}
