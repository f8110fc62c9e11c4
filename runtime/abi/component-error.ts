/**
 * The error case of a `result`, thrown by an exported function. The name and `payload` are jco's, so that
 * code written for it carries over.
 *
 * @module
 */

/** The error case of a function's result; `payload` is the value it carries. */
export class ComponentError extends Error {
  override readonly name = 'ComponentError'
  /** The WIT value of the error arm, as jco maps it. */
  readonly payload: unknown

  constructor(payload: unknown) {
    super(
      `${typeof payload === 'string' ? payload : JSON.stringify(payload, printable)} (error.payload)`,
    )
    this.payload = payload
  }
}

function printable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}
