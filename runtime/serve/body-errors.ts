/**
 * The errors of bodies: larger than the manifest allows, or more than the host can hold.
 *
 * @module
 */
import { BODIES_HINT } from '../host-module/index.ts'
import type { MayflyError } from '../errors/index.ts'
import { limitExceeded } from './outcome.ts'

/** The error of a body that has more bytes than the manifest allows. */
export function bodyTooLarge(
  limit: 'request-body' | 'response-body',
  bytes: number,
  maxBytes: number,
): MayflyError {
  const [noun, key] =
    limit === 'request-body' ? ['request', 'requestBodyBytes'] : ['response', 'responseBodyBytes']
  return limitExceeded(
    limit,
    `Cannot pass on ${noun} body: ${bytes} bytes or more, ${maxBytes} allowed`,
    `Raise limits.${key} in agent.json`,
  )
}

/** The error of a body that the host cannot hold beside those it holds already. */
export function tooManyBodies(): MayflyError {
  return limitExceeded(
    'bodies',
    'Cannot hold a body: too many bytes are held for the agent',
    BODIES_HINT,
  )
}
