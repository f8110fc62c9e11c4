/**
 * Looks at how quiet the machine is before anything is measured on it.
 *
 * The same work is timed again and again. On a quiet machine the times agree; where others compute as well,
 * or the clock of the processor moves, they do not.
 *
 * @module
 */
import { availableParallelism, loadavg } from 'node:os'
import { summarise } from './statistics.ts'

export interface Noise {
  /** The ninth decile over the median of equal work. 1 is silence. */
  readonly spread: number
  /** Processes that wanted a core in the last minute, a core. */
  readonly load: number
  readonly quiet: boolean
}

const SAMPLES = 300
const SPINS = 400_000
// Seen on an idle machine of two cores: 1.01 to 1.05. With one busy neighbour a core: 1.3 to 2.
const QUIET_SPREAD = 1.15
const QUIET_LOAD = 0.5

export function measureNoise(): Noise {
  spin()
  const { p50, p90 } = summarise(Array.from({ length: SAMPLES }, spin))
  const spread = p90 / p50
  const load = (loadavg()[0] ?? 0) / availableParallelism()
  return { spread, load, quiet: spread <= QUIET_SPREAD && load <= QUIET_LOAD }
}

/** One line for people, about a machine that is not quiet. */
export function noiseText({ spread, load }: Noise): string {
  const times = spread.toFixed(2)
  return `This machine is busy (equal work took ${times} times as long, load ${load.toFixed(2)} a core): trust ratios, not times`
}

/** Milliseconds that a fixed piece of work takes. */
function spin(): number {
  const start = performance.now()
  let x = 1
  for (let i = 0; i < SPINS; i++) x = (Math.imul(x, 1_103_515_245) + 12_345) | 0
  // Never true, but the compiler cannot know.
  if (x === 0.5) throw new RangeError('Cannot spin')
  return performance.now() - start
}
