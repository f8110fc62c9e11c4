/** Calls an agent with messages of one of its queues. @module */

import { ComponentError } from '../../../runtime/abi/index.ts'
import { CONSUMER } from '../../../runtime/agents/index.ts'
import type { KeptMessage } from '../../../runtime/capabilities/queue/index.ts'
import { isMayflyError } from '../../../runtime/errors/index.ts'
import type { Consumer } from './consumer.ts'

/** One verdict, as WIT has it. */
export type Verdict =
  { readonly tag: 'done' | 'retry' } | { readonly tag: 'retry-after'; readonly val: number }

/** How a call ended. */
export type DeliveryOutcome =
  | { readonly state: 'returned'; readonly verdicts: readonly Verdict[] }
  /** Of all of them, nothing is known. */
  | { readonly state: 'failed'; readonly reason: string }
  /** The agent was not called: it is full, or on its way out. */
  | { readonly state: 'busy' }

const BUSY: ReadonlySet<string> = new Set(['ERR_POOL_EXHAUSTED', 'ERR_RUNTIME_CLOSED'])
// Of the text of a guest: enough for its first lines.
const MAX_REASON_LENGTH = 500

/** Never rejects. */
export async function callConsumer(
  agent: Consumer,
  queue: string,
  messages: readonly KeptMessage[],
): Promise<DeliveryOutcome> {
  const given = messages.map(({ id, sentAt, attempts, contentType, body }) => ({
    id,
    sentAt,
    attempt: attempts,
    contentType,
    body,
  }))
  try {
    const returned = await agent.call(CONSUMER, [queue, given], { caller: 'queue' })
    // A component may export the function with another type.
    if (!Array.isArray(returned) || !returned.every(isVerdict))
      return { state: 'failed', reason: 'returned something else than verdicts' }
    if (returned.length === messages.length) return { state: 'returned', verdicts: returned }
    const reason = `returned ${returned.length} verdicts for ${messages.length} messages`
    return { state: 'failed', reason }
  } catch (error) {
    if (isMayflyError(error) && BUSY.has(error.code)) return { state: 'busy' }
    return { state: 'failed', reason: reasonOf(error).slice(0, MAX_REASON_LENGTH) }
  }
}

function isVerdict(value: unknown): value is Verdict {
  if (typeof value !== 'object' || value === null || !('tag' in value)) return false
  if (value.tag === 'retry-after') return 'val' in value && typeof value.val === 'number'
  return value.tag === 'done' || value.tag === 'retry'
}

function reasonOf(error: unknown): string {
  if (error instanceof ComponentError) return String(error.payload)
  return error instanceof Error ? error.message : String(error)
}
