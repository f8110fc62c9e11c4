/**
 * Which status may end an answer.
 *
 * One below 200 tells a client that another follows: it would take the answer to its next request for that.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'

const LEAST_STATUS = 200
const MOST_STATUS = 599

/**
 * @throws {MayflyError} ERR_GUEST_FAILED, with the fact `status`, when no answer may end with `status`
 */
export function checkFinalStatus(status: number): void {
  if (status >= LEAST_STATUS && status <= MOST_STATUS) return
  throw new MayflyError('ERR_GUEST_FAILED', `Cannot send response: its status is ${status}`, {
    hint: `Answer with a status from ${LEAST_STATUS} to ${MOST_STATUS}`,
    facts: { status },
  })
}
