/**
 * The times of a cron expression in a time zone.
 *
 * When the clock goes forward, a time that it leaves out comes at the end of the gap. When it goes back, a time that comes
 * twice counts once, and steps and ranges go on.
 *
 * @module
 */

import { Cron } from 'croner'
import type { Schedule } from '../../../runtime/manifest/index.ts'

/** Times between two moments. */
export interface MissedRuns {
  /** At most `MOST_COUNTED`. */
  readonly count: number
  /** Milliseconds since 1970. */
  readonly first: number
  readonly last: number
}

// Each is found by calculating the one after the other: enough for a schedule of each minute over a weekend.
const MOST_COUNTED = 5_000

/** The next time after `afterMs`, in milliseconds since 1970; nothing when there is none, as for a 31st of February. */
export function nextRun(schedule: Schedule, afterMs: number): number | undefined {
  return cronOf(schedule).nextRun(new Date(afterMs))?.getTime()
}

/** The times after `afterMs` and up to `untilMs`; nothing when there is none. */
export function missedRuns(
  schedule: Schedule,
  afterMs: number,
  untilMs: number,
): MissedRuns | undefined {
  const cron = cronOf(schedule)
  const first = cron.nextRun(new Date(afterMs))?.getTime()
  if (first === undefined || first > untilMs) return undefined
  let [count, last] = [1, first]
  while (count < MOST_COUNTED) {
    const next = cron.nextRun(new Date(last))?.getTime()
    if (next === undefined || next > untilMs) return { count, first, last }
    last = next
    count++
  }
  // It has no fraction of a second, so the one before the next is the last.
  const [final] = cron.previousRuns(1, new Date(untilMs + 1000))
  return { count, first, last: final?.getTime() ?? last }
}

function cronOf({ cron, timezone }: Schedule): Cron {
  return new Cron(cron, { timezone, paused: true })
}
