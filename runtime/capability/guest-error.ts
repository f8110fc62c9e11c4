/**
 * What a host function throws to return the error arm of its WIT `result`.
 *
 * Not an `Error`: the guest gets the payload and nothing else, and a stack trace would cost more than the
 * call it ends.
 *
 * @module
 */

export class GuestError<Payload = string> {
  readonly payload: Payload

  constructor(payload: Payload) {
    this.payload = payload
  }
}

/** Whether `error` was thrown to be given to the guest. */
export function isGuestError(error: unknown): error is GuestError<unknown> {
  return error instanceof GuestError
}
