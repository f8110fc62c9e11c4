/**
 * Bounds what slots do one by one, on the thread that serves.
 *
 * @module
 */
import { limitExceeded } from '../serve/index.ts'
import type { Sandbox } from './sandbox.ts'

// Requests of others wait for it: a tenth of what a person calls slow.
const BRIEF_MS = 250
// On a busy machine the clock says more of the neighbours: the least of these counts.
const BRIEF_TRIALS = 3

/**
 * Initialising must be brief where slots do it one by one, on the thread that serves.
 *
 * @throws {MayflyError} ERR_LIMIT_EXCEEDED
 */
export function requireBrief(sandbox: Sandbox, agent: string): void {
  let leastMs = Infinity
  for (let trial = 0; trial < BRIEF_TRIALS && leastMs > BRIEF_MS; trial++) {
    leastMs = Math.min(leastMs, sandbox.initialisationMs() ?? 0)
  }
  if (leastMs <= BRIEF_MS) return
  throw limitExceeded(
    'deadline',
    `Cannot load agent "${agent}": each instance initialises itself, and takes ${Math.round(leastMs)} ms, ${BRIEF_MS} allowed`,
    'Do less at the top level: its state cannot be copied from one instance to the next',
  )
}
