/**
 * Measures several subjects in turn, so that the drift of a shared machine falls on all of them alike.
 *
 * Every round runs each subject for one batch; the order is reversed from round to round. The ratio of two
 * subjects is taken round by round and then summarised: it holds when absolute times do not.
 *
 * @module
 */
import { summarise, type Summary } from './statistics.ts'

export interface Subject {
  readonly name: string
  /** Runs once. A promise is awaited before the next run. */
  run(): unknown
  /** Runs after each batch, unmeasured. */
  after?(): void
}

export interface InterleaveOptions {
  /** @default 30 */
  rounds?: number
  /**
   * Time one batch of one subject should take, in milliseconds; the number of runs follows from it.
   *
   * @default 30
   */
  batchMs?: number
  /**
   * Time spent on each subject before anything is counted, in milliseconds.
   *
   * @default 300
   */
  warmUpMs?: number
}

export interface Measurement {
  readonly name: string
  /** Microseconds a run: one mean a batch. */
  readonly time: Summary
  /** This subject's time over the first subject's, round by round. */
  readonly ratio: Summary
  readonly runs: number
}

export async function interleave(
  subjects: readonly Subject[],
  { rounds = 30, batchMs = 30, warmUpMs = 300 }: InterleaveOptions = {},
): Promise<Measurement[]> {
  const batches: number[] = []
  for (const subject of subjects) batches.push(await warmUp(subject, warmUpMs, batchMs))
  const times = subjects.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    const order = subjects.map((_, index) => index)
    if (round % 2 === 1) order.reverse()
    for (const index of order) {
      const subject = subjects[index]
      if (subject !== undefined) times[index]?.push(await batch(subject, batches[index] ?? 1))
      subject?.after?.()
    }
  }
  const base = times[0] ?? []
  return subjects.map(({ name }, index) => {
    const own = times[index] ?? []
    return {
      name,
      time: summarise(own),
      ratio: summarise(own.map((time, round) => time / (base[round] ?? Number.NaN))),
      runs: (batches[index] ?? 1) * rounds,
    }
  })
}

/** Returns how many runs fill `batchMs`. */
async function warmUp(subject: Subject, warmUpMs: number, batchMs: number): Promise<number> {
  const end = performance.now() + warmUpMs
  let runs = 1
  let micros = await batch(subject, runs)
  while (performance.now() < end) {
    runs = Math.min(runs * 2, Math.max(1, Math.ceil((batchMs * 1000) / micros)))
    micros = await batch(subject, runs)
  }
  return Math.max(1, Math.round((batchMs * 1000) / micros))
}

/** Returns microseconds a run. */
async function batch(subject: Subject, runs: number): Promise<number> {
  const start = performance.now()
  for (let run = 0; run < runs; run++) {
    const result = subject.run()
    // Only a promise is awaited: an await of anything else would be part of what is measured.
    if (result instanceof Promise) await result
  }
  return ((performance.now() - start) * 1000) / runs
}
