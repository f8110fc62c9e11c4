/**
 * The time of an invocation: until when it may last, and how long its guest may compute.
 *
 * @module
 */
import type { AbortSource } from '../host-module/index.ts'
import type { MayflyError } from '../errors/index.ts'
import { ClientSide } from './client-side.ts'
import { ComputeTime } from './compute-time.ts'
import type { InvocationOptions } from './invocation-options.ts'
import { deadlineExceeded, streamedTooLong } from './stop-reasons.ts'

type TimeOptions = Pick<
  InvocationOptions<unknown>,
  'agent' | 'startedAt' | 'deadlineAt' | 'connectionMs' | 'fuel' | 'shared'
>

/** A class of its own, not an object: each request has one. */
export abstract class TimeLimits extends ClientSide {
  readonly agent: string
  readonly startedAt: number
  /** Later once its answer streams. */
  deadlineAt: number
  readonly #options: TimeOptions
  /** Until when its guest may run, as the thread has it. */
  #runsUntil = 0
  /** Once a streamed answer goes on in its own time. */
  #computeTime: ComputeTime | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: TimeOptions, client: AbortSource | undefined) {
    const { agent, startedAt, deadlineAt } = options
    super(options.fuel, client)
    this.#options = options
    this.agent = agent
    this.startedAt = startedAt
    this.deadlineAt = deadlineAt
  }

  /** Its deadline without the time of a streamed answer. */
  get busyUntil(): number {
    return this.#options.deadlineAt
  }

  /** For how long a streamed answer may go on after its head, in milliseconds. */
  get connectionMs(): number {
    return this.#options.connectionMs ?? 0
  }

  abstract get ended(): boolean

  /**
   * Makes sure the deadline is seen while the guest waits for the host; a guest that runs comes by a fuel check.
   */
  watchDeadline(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(
      () => this.halt(this.deadlineExceeded()),
      Math.max(0, this.deadlineAt - performance.now()),
    )
  }

  /** Whether its deadline is watched: it has waited. */
  protected get isWatched(): boolean {
    return this.#timer !== undefined
  }

  streams(): void {
    const { connectionMs, startedAt } = this
    if (connectionMs === 0 || this.#computeTime !== undefined || this.ended) return
    const now = performance.now()
    this.#computeTime = new ComputeTime(this.busyUntil - startedAt, now)
    this.deadlineAt = now + connectionMs
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.watchDeadline()
  }

  /** Its guest begins to run on this thread, or continues after a wait. Returns the argument for `exit`. */
  enter(): number {
    const { running } = this.#options.shared
    const compute = this.#computeTime
    if (compute === undefined) this.#runsUntil = this.deadlineAt
    else {
      const now = performance.now()
      compute.begins(now)
      this.#runsUntil = Math.min(this.deadlineAt, now + compute.leftMs(now))
    }
    if (running === undefined) return 0
    const [before = 0] = running
    running[0] = this.#runsUntil
    return before
  }

  /** Control is back where it was when `enter` returned `before`. */
  exit(before: number): void {
    this.#computeTime?.ends(performance.now())
    const { running } = this.#options.shared
    if (running !== undefined) running[0] = before
  }

  /** Its guest waits, or has ended: nothing of it is on the stack. */
  leave(): void {
    this.#computeTime?.ends(performance.now())
    const { running } = this.#options.shared
    // Others may have begun since its stack ended.
    if (running !== undefined && running[0] === this.#runsUntil) running[0] = 0
  }

  /** The error of this invocation's deadline. */
  deadlineExceeded(): MayflyError {
    const { agent, busyUntil, startedAt, connectionMs } = this
    const compute = this.#computeTime
    if (compute === undefined) return deadlineExceeded(agent, this.deadlineAt - startedAt)
    return compute.leftMs(performance.now()) < 0
      ? streamedTooLong(agent, { ms: busyUntil - startedAt, limit: 'deadlineMs' })
      : streamedTooLong(agent, { ms: connectionMs, limit: 'connectionMs' })
  }

  /** Whether it has lasted, or its guest has computed, for as long as it may. */
  protected isLate(now: number): boolean {
    return now > this.deadlineAt || (this.#computeTime?.leftMs(now) ?? 0) < 0
  }

  protected unwatch(): void {
    clearTimeout(this.#timer)
  }
}
