/**
 * Bounds initialisation where it is not done once for all: where each slot, or each request, initialises the
 * component anew, on the thread that serves. Nothing else runs there meanwhile.
 *
 * Fuel bounds metered code, at load and each time again. Time bounds the rest, at load: code without fuel, and the
 * work of the platform, which allocates memory and copies data.
 *
 * @module
 */
import { limitExceeded } from '../serve/index.ts'
import { initialisesTooLong } from './stop-reasons.ts'

/** Fuel that it may burn: 10 to 50 ms. Languages that initialise themselves take less. */
export const REPEATED_FUEL = 100_000_000

// Requests of others wait for it: a tenth of a delay that a person finds slow, and five times the time of the fuel.
const REPEATED_MS = 250
// On a busy machine wall time mostly measures other processes: the least of these counts.
const TRIALS = 3

/** @throws {MayflyError} ERR_LIMIT_EXCEEDED when initialising `agent` once has burnt more than it may each time */
export function requireLittleFuel({ used }: { readonly used: number }, agent: string): void {
  if (used > REPEATED_FUEL) throw initialisesTooLong(agent, REPEATED_FUEL)
}

/** A sandbox that can be initialised for a trial. */
interface Initialisable {
  /** Milliseconds that it takes; nothing where it is not repeated. */
  initialisationMs(): number | undefined
}

/** @throws {MayflyError} ERR_LIMIT_EXCEEDED when each of some trials takes too long */
export function requireBrief(sandbox: Initialisable, agent: string): void {
  let leastMs = Infinity
  for (let trial = 0; trial < TRIALS && leastMs > REPEATED_MS; trial++) {
    leastMs = Math.min(leastMs, sandbox.initialisationMs() ?? 0)
  }
  if (leastMs <= REPEATED_MS) return
  throw limitExceeded(
    'deadline',
    `Cannot load agent "${agent}": each instance initialises itself, and takes ${Math.round(leastMs)} ms, ${REPEATED_MS} allowed`,
    'Do less at the top level: its state cannot be copied from one instance to the next',
  )
}
