/**
 * Bounds the time of code that runs while an agent is built, and finds the place where it was.
 *
 * The evaluator pays fuel for its execution, as agents do when they run, and asks here whenever a slice is spent. After
 * the deadline the engine interrupts the script at a call or a jump back, so that the error names the place. A
 * native function that loops by itself, such as `Array.prototype.indexOf` of an object with a large `length`, reaches
 * no such place. Then the stack is read at that moment.
 *
 * Time is processor time, where Node has it, so that slow code on a busy machine is not taken for a loop.
 *
 * @module
 */
// By their file: the door has the whole rewriter, and this is loaded before each first build.
import {
  FUEL_GLOBAL,
  HOOK_MODULE,
  OUT_OF_FUEL,
  TURN,
} from '../../../runtime/binary/core/hidden-names.ts'
import { EvaluationError } from './evaluation-error.ts'
import { INTERRUPT } from './engine-exports.ts'

// About a millisecond.
const SLICE = 100_000
// The engine counts 10,000 calls and jumps between two looks at its handler of interrupts.
const INTERRUPT_MS = 200
// In between may be only the engine, with no script on the stack.
const GIVE_UP_MS = 2000

export class EvaluationClock {
  readonly #deadline: number
  readonly #fuel: WebAssembly.Global<'i32'> = new WebAssembly.Global(
    { value: 'i32', mutable: true },
    SLICE,
  )
  #state: 'running' | 'late' | 'stopped' = 'running'
  #lateSince = 0
  #isReading = false
  #readStack: () => string = () => ''

  /** Starts at once. */
  constructor(timeoutMs: number) {
    this.#deadline = ranMs() + timeoutMs
  }

  /** Whether the deadline passed before it was stopped. */
  get isLate(): boolean {
    return this.#state === 'late'
  }

  /** Of a module that `boundEvaluator` made. */
  get imports(): WebAssembly.Imports {
    return {
      // No other guest waits for a turn.
      [HOOK_MODULE]: {
        [FUEL_GLOBAL]: this.#fuel,
        [OUT_OF_FUEL]: () => this.#ask(),
        [TURN]: () => {},
      },
      [INTERRUPT.module]: { [INTERRUPT.name]: () => (this.#isInterrupted() ? 1 : 0) },
    }
  }

  /** Sets the function that returns the frames of the running script, or an empty text. It may call the engine. */
  readStackBy(readStack: () => string): void {
    this.#readStack = readStack
  }

  /** Stops the clock: from now on only our own code runs. */
  stop(): void {
    this.#state = 'stopped'
  }

  #isInterrupted(): boolean {
    return this.isLate && !this.#isReading && this.#stack() !== ''
  }

  #ask(): void {
    this.#fuel.value = SLICE
    const now = ranMs()
    if (this.#state === 'running' && now >= this.#deadline) {
      this.#state = 'late'
      this.#lateSince = now
    }
    if (!this.isLate || now < this.#lateSince + INTERRUPT_MS) return
    const isOver = now >= this.#lateSince + GIVE_UP_MS
    // It reads and comes to no end: the heap may be in the middle of a change.
    if (this.#isReading) {
      if (isOver) throw new EvaluationError('', '', 'late')
      return
    }
    const frames = this.#stack()
    if (frames !== '' || isOver) throw new EvaluationError('', frames, 'late')
  }

  #stack(): string {
    this.#isReading = true
    try {
      return this.#readStack()
    } finally {
      this.#isReading = false
    }
  }
}

/** For how long this thread ran, in milliseconds. */
function ranMs(): number {
  // Node 22.19 and 23.9 have it.
  if (typeof process.threadCpuUsage !== 'function') return performance.now()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
