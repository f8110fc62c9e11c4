/**
 * Measures several subjects in turn, so that the drift of a shared machine falls on all of them alike.
 *
 * Every round runs each subject for one batch; the order is reversed from round to round. Quantiles are of
 * single runs. The ratio of two subjects is that of their medians, taken round by round: it holds when
 * absolute times do not.
 *
 * @module
 */
import { quantile, summarise, type Summary } from './statistics.ts'

export interface Subject {
  readonly name: string
  /** Prepares one run, unmeasured. */
  before?(): unknown
  /** The work that is measured. A promise is awaited. */
  run(): unknown
}

export interface InterleaveOptions {
  /** @default 20 */
  rounds?: number
  /**
   * Time one batch of one subject should take, in milliseconds.
   *
   * @default 30
   */
  batchMs?: number
  /**
   * Time spent on each subject before anything is counted, in milliseconds.
   *
   * @default 400
   */
  warmUpMs?: number
  /** Called after each round. */
  onRound?: (done: number, rounds: number) => void
}

export interface Measurement {
  readonly name: string
  /** Microseconds a run. */
  readonly time: Summary
  /** The median of each round, in microseconds. */
  readonly rounds: readonly number[]
  /**
   * Microseconds of processor time of this thread for one run, by round. Garbage collection after a run counts; work of
   * other programs meanwhile does not. Unknown for subjects with preparation.
   */
  readonly cpu: Summary | undefined
}

// Shorter runs are timed several at once: reading the clock twice takes 0.1 µs.
const SHORTEST_SAMPLE_MICROS = 4
// Enough samples for a median while the size of a group is sought.
const SETTLE_MS = 2
const MICROS = 1000

/** @returns a measurement for each subject, in their order */
export async function interleave(
  subjects: readonly Subject[],
  { rounds = 20, batchMs = 30, warmUpMs = 400, onRound }: InterleaveOptions = {},
): Promise<Measurement[]> {
  const states: State[] = []
  for (const subject of subjects) {
    states.push({
      subject,
      group: await warmUp(subject, warmUpMs),
      samples: [],
      medians: [],
      cpu: [],
    })
  }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? states : states.toReversed()
    for (const state of order) {
      // So that no subject pays for the garbage of another. Processes that the bench starts have `gc`.
      globalThis.gc?.()
      const cpu = threadMicros()
      const batch = await collect(state.subject, state.group, batchMs)
      state.cpu.push((threadMicros() - cpu) / (batch.length * state.group))
      state.medians.push(median(batch))
      for (const sample of batch) state.samples.push(sample)
    }
    onRound?.(round + 1, rounds)
  }
  return states.map(({ subject, samples, medians, cpu }) => ({
    name: subject.name,
    time: summarise(samples),
    rounds: medians,
    cpu: subject.before === undefined ? summarise(cpu) : undefined,
  }))
}

/** The measurement of the subject `name`. */
export function named(measurements: readonly Measurement[], name: string): Measurement {
  const found = measurements.find((measurement) => measurement.name === name)
  if (found === undefined) throw new RangeError(`Cannot find measurement "${name}"`)
  return found
}

/** How many times `dividend` is `divisor`, round by round. */
export function ratioOf(dividend: Measurement, divisor: Measurement): Summary {
  return summarise(dividend.rounds.map((time, round) => time / (divisor.rounds[round] ?? NaN)))
}

interface State {
  readonly subject: Subject
  /** Runs in one sample. */
  readonly group: number
  readonly samples: number[]
  readonly medians: number[]
  readonly cpu: number[]
}

/** Returns how many runs make a sample long enough to be timed. */
async function warmUp(subject: Subject, warmUpMs: number): Promise<number> {
  let group = 1
  let samples = await collect(subject, group, warmUpMs)
  if (subject.before !== undefined) return group
  while (median(samples) * group < SHORTEST_SAMPLE_MICROS) {
    group *= 2
    samples = await collect(subject, group, SETTLE_MS)
  }
  return group
}

function threadMicros(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

function median(samples: readonly number[]): number {
  return quantile(Float64Array.from(samples).sort(), 0.5)
}

/** Samples for `batchMs` milliseconds, including unmeasured parts, but at least three times. */
async function collect(subject: Subject, group: number, batchMs: number): Promise<number[]> {
  const samples: number[] = []
  const end = performance.now() + batchMs
  while (samples.length < LEAST_SAMPLES || performance.now() < end) {
    if (subject.before !== undefined) await subject.before()
    const start = performance.now()
    for (let run = 0; run < group; run++) {
      const result = subject.run()
      // Only a promise is awaited: the time of any other await would be measured too.
      if (result instanceof Promise) await result
    }
    samples.push(((performance.now() - start) * MICROS) / group)
  }
  return samples
}

const LEAST_SAMPLES = 3
