/**
 * The pulse of a thread in shared memory: a count of its event loop's turns, and the deadline of the guest that runs on
 * it. Another thread reads it without a message, because this thread may not be able to answer.
 *
 * @module
 */

/** The end of the thread. */
export interface PulseLine {
  /** One Int32 that is counted up while the event loop turns. */
  readonly beats: Int32Array<SharedArrayBuffer>
  /**
   * First the deadline of the guest that runs now, on the clock of the thread; 0 while none runs. Then the offset from the
   * thread's clock to the clock of the process.
   */
  readonly times: Float64Array<SharedArrayBuffer>
}

const DEADLINE = 0
const CLOCK = 1

// Often enough that the margin is dozens of beats, rare enough to cost nothing.
const BEAT_MS = 50
/** How often a thread is to be looked at. */
export const LOOK_MS = 250
// A garbage collection of a large heap on a loaded machine stays below this.
const MARGIN_MS = 2_000
// Modules of the host are read, stripped of types and compiled before the first beat.
const START_MS = 60_000
// When the watchdog did not look for this long, the whole process stood still: a laptop slept, a machine swapped.
// Threads are to have as many looks to beat as ever.
const STANDSTILL_MS = 4 * LOOK_MS

/** The end of the main thread. */
export class Pulse {
  /** To be given to the thread. */
  readonly line: PulseLine = {
    beats: new Int32Array(new SharedArrayBuffer(4)),
    times: new Float64Array(new SharedArrayBuffer(16)),
  }
  #lastBeat = 0
  #lastBeatAt: number = performance.now()
  #lastLookAt: number = performance.now()

  /** Milliseconds since the event loop of the thread last turned. To be asked every `LOOK_MS`. */
  silentMs(): number {
    const beat = Atomics.load(this.line.beats, 0)
    const now = performance.now()
    const sinceLookMs = now - this.#lastLookAt
    if (beat !== this.#lastBeat) this.#lastBeatAt = now
    else if (sinceLookMs > STANDSTILL_MS) this.#lastBeatAt += sinceLookMs - LOOK_MS
    this.#lastBeat = beat
    this.#lastLookAt = now
    return now - this.#lastBeatAt
  }

  /** Milliseconds that the guest which runs now may still run; nothing when none does. */
  get leftMs(): number | undefined {
    const { times } = this.line
    const [deadline = 0, clock = 0] = times
    return deadline === 0 ? undefined : deadline + clock - clockOfProcess()
  }

  /**
   * Whether the thread has been silent for longer than anything that runs on it may take: past the deadline of
   * the guest that runs, or, when none does, longer than `patienceMs`.
   */
  isOverdue(patienceMs: number): boolean {
    const silentMs = this.silentMs()
    if (silentMs < MARGIN_MS) return false
    const allowedMs = this.#lastBeat === 0 ? START_MS : patienceMs
    return (this.leftMs ?? allowedMs - silentMs) < -MARGIN_MS
  }
}

/** Lets the pulse of this thread be seen, until it is disposed of. Returns where deadlines are to be written. */
export function beat({ beats, times }: PulseLine): Disposable & { readonly running: Float64Array } {
  times[CLOCK] = clockOfProcess() - performance.now()
  const timer = setInterval(() => {
    // A timer fires between guests, so the guest of a remaining deadline does not run.
    times[DEADLINE] = 0
    Atomics.add(beats, 0, 1)
  }, BEAT_MS)
  return { running: times, [Symbol.dispose]: () => clearInterval(timer) }
}

/** The same for all threads, in milliseconds; `performance.now()` counts from the start of its thread. */
function clockOfProcess(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
