/**
 * The bytes that are held in memory for agents, and dealt to them.
 *
 * @module
 */
import { FairShare } from '../meter/index.ts'
import type { BodyOptions } from './runtime-options.ts'

// Size of one response to an agent: no agent is refused that, however much others hold.
const MIN_BODY_BYTES = 8 * 1_048_576

/** A share for all agents of a runtime, or of a process. */
export function shareOfBodies({
  maxBytes = 536_870_912,
  maxBytesByAgent = 134_217_728,
}: BodyOptions = {}): FairShare {
  return new FairShare({
    max: maxBytes,
    maxByAgent: maxBytesByAgent,
    floor: Math.min(MIN_BODY_BYTES, maxBytesByAgent),
    maxWaitingByAgent: 0,
  })
}
