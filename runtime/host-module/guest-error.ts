/**
 * A host function throws this to return the error arm of its WIT `result`.
 *
 * The guest gets the `payload` of anything thrown. This class is not an `Error`: only the guest sees it, and a stack
 * trace would cost more than the call it ends.
 *
 * @module
 */

/**
 * Thrown by a host function to return the error arm of its WIT `result`: the guest gets `payload`.
 *
 * It is not an `Error`: only the guest sees it, and a stack trace would cost more than the call that it ends.
 */
export class GuestError<Payload = string> {
  /** The WIT value of the error arm, as jco maps it. */
  readonly payload: Payload

  constructor(payload: Payload) {
    this.payload = payload
  }
}
