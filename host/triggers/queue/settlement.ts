/** What becomes of a message after a delivery: gone, again later, or dead. @module */

import type {
  LeasedMessage,
  QueueAddress,
  Settlement,
} from '../../../runtime/capabilities/queue/index.ts'
import type { Consumption } from '../../../runtime/manifest/index.ts'
import type { DeliveryOutcome } from './call-consumer.ts'

/** A message that is given up. It is kept: `mayfly queue` shows it. */
export interface DeadLetter extends QueueAddress {
  readonly id: string
  readonly attempts: number
  readonly reason: string
}

type DeadSettlement = Extract<Settlement, { state: 'dead' }>

const MAX_DELAY_MS = 3_600_000
const MAX_GUEST_DELAY_MS = 30 * 24 * 3_600_000
// Deliveries that neither worked nor failed: their host ended. A message that ends hosts is not to do so for ever.
const MAX_LOST = 100
const BUSY_MS = 1_000

/** @param index - its place among the messages of the call */
export function settlementOf(
  { id, lease, failures }: LeasedMessage,
  outcome: DeliveryOutcome,
  index: number,
  { retries, backoffMs }: Consumption,
): Settlement {
  if (outcome.state === 'busy')
    return { id, lease, state: 'again', delayMs: BUSY_MS, reason: undefined }
  const verdict = outcome.state === 'returned' ? outcome.verdicts[index] : undefined
  if (verdict?.tag === 'done') return { id, lease, state: 'done' }
  const reason = outcome.state === 'failed' ? outcome.reason : 'the agent asked for a retry'
  if (failures >= retries) return { id, lease, state: 'dead', reason }
  const asked = verdict?.tag === 'retry-after' ? clamped(verdict.val) : undefined
  const delayMs = asked ?? Math.min(MAX_DELAY_MS, backoffMs * 2 ** failures)
  return { id, lease, state: 'again', delayMs, reason }
}

/** The end of a message whose deliveries did not end; nothing for one that may be delivered. */
export function lostSettlement({
  id,
  lease,
  attempts,
  failures,
}: LeasedMessage): DeadSettlement | undefined {
  const lost = attempts - 1 - failures
  if (lost < MAX_LOST) return undefined
  return { id, lease, state: 'dead', reason: `its host ended, ${lost} times` }
}

/** A guest may say anything, also that a number is none. */
function clamped(ms: number): number {
  return Math.min(MAX_GUEST_DELAY_MS, Math.max(0, ms || 0))
}
