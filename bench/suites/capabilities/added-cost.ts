/** The cost of one call that is made many times in a run, without the rest of the run. @module */
import type { Measurement } from '../../measure/interleave.ts'
import { summarise, type Summary } from '../../measure/statistics.ts'

export interface AddedCost {
  /** Runs with the calls. */
  readonly calls: Measurement
  /** The same runs without them. */
  readonly none?: Measurement
  /** As many calls made directly. */
  readonly own?: Measurement
  /** In one run. */
  readonly count: number
}

/** Microseconds a call, by round: on a shared machine both sides of the subtraction must be of the same moment. */
export function addedCost({ calls, none, own, count }: AddedCost): Summary {
  return summarise(
    calls.rounds.map((time, round) => {
      const rest = (none?.rounds[round] ?? 0) + (own?.rounds[round] ?? 0)
      return (time - rest) / count
    }),
  )
}
