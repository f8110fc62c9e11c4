/**
 * The error of a guest that says itself that it failed.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'

/** Whether `error` is the error arm of the `result` that an export returned. */
export function isErrorArm(error: unknown): error is { readonly payload: unknown } {
  return typeof error === 'object' && error !== null && 'payload' in error
}

/** The error arm of an export is a message of the guest: the log of the operator gets it, a client of a handler does not. */
export function guestFailure(thrown: unknown, agent: string): unknown {
  if (!isErrorArm(thrown)) return thrown
  return new MayflyError('ERR_GUEST_FAILED', `Agent "${agent}" failed: ${textOf(thrown.payload)}`)
}

function textOf(payload: unknown): string {
  if (typeof payload === 'string' || payload === undefined) return String(payload)
  // Of a function in code: its stack has lines.
  if (isThrown(payload)) return payload.val
  return JSON.stringify(payload, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
}

function isThrown(payload: unknown): payload is { readonly val: string } {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    'tag' in payload &&
    payload.tag === 'threw' &&
    'val' in payload &&
    typeof payload.val === 'string'
  )
}
