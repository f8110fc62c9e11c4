/**
 * Makes a slot by having its component initialise itself.
 *
 * @module
 */
import type { Initialisers } from '../binary/index.ts'
import type { HostDispatcher } from '../link/index.ts'
import { Slot, type Shape } from '../stamp/index.ts'
import { limitExceeded } from '../serve/index.ts'
import type { SandboxParts } from './sandbox-parts.ts'
import { initialisesTooLong, outOfRoom } from './stop-reasons.ts'

export interface Initialisation {
  readonly shape: Shape
  /** Which slots can stand in for each other. */
  readonly kin: object
  readonly data: readonly (Initialisers | undefined)[] | undefined
  /** Fuel that it may use: nothing else runs meanwhile. */
  readonly fuel: number
  /** Answers its imports. */
  readonly host: HostDispatcher
}

// Takes the deadline where no watchdog reads it.
const NOWHERE = new Float64Array(1)

/** @throws {MayflyError} ERR_GUEST_TRAPPED, ERR_LIMIT_EXCEEDED when it traps or takes too long */
export function initialisedSlot(
  { store, limits, agent, running = NOWHERE, initialisationMs = Infinity }: SandboxParts,
  { shape, kin, data, fuel, host }: Initialisation,
): Slot {
  const ms = Math.min(limits.deadlineMs, initialisationMs)
  const until = performance.now() + ms
  const [before = 0] = running
  running[0] = until
  try {
    return new Slot(shape, store, {
      kin,
      data,
      host,
      mayContinue: () => performance.now() < until,
      fuel,
      overdrawn: () => outOfRoom(agent, limits.memoryBytes),
      stopped: () =>
        performance.now() < until
          ? initialisesTooLong(agent, fuel)
          : limitExceeded(
              'deadline',
              `Cannot initialise agent "${agent}": not done after ${ms} ms`,
            ),
    })
  } finally {
    running[0] = before
  }
}

/** Views of the component would take all of it along. */
export function withoutComponent(initialisers: Initialisers): Initialisers {
  const data = initialisers.data.map((each) => ({ ...each, bytes: each.bytes.slice() }))
  return { ...initialisers, data }
}
