/**
 * The gate of every operation: budget, price, memory, and a line in which costly operations of all agents take turns.
 *
 * The platform works on threads of its own and cannot be stopped. So what takes long waits here until it is its turn, and
 * is dropped when its invocation has ended by then.
 *
 * @module
 */
import { FairShare, GuestError, type InvocationContext } from '../../host-module/index.ts'

/** An operation, and what it takes. */
export interface Operation<Result> {
  /** Bytes that are hashed or encrypted. */
  readonly bytes?: number
  /** Microseconds beside them. */
  readonly micros: number
  work(): Promise<Result>
}

const LONG_MICROS = 5_000
const MAX_MICROS = 60_000_000
const MAX_PENDING = 1_000 // Of one invocation
// Of a content for which the collector is not waited for: 1 MiB that was hashed is 40 % of the time in it (Node 26).
const LARGE_BYTES = 64 * 1024

/** The line of a runtime for operations that take long: two at a time, one of each agent. */
export function operationLine(): FairShare {
  return new FairShare({ max: 2, maxByAgent: 1, maxWaitingByAgent: 64 })
}

export class Gate {
  readonly #context: InvocationContext
  readonly #line: FairShare
  #pending = 0

  constructor(context: InvocationContext, line: FairShare) {
    this.#context = context
    this.#line = line
  }

  /**
   * Begins an operation on `contents`, which the guest passed and which are freed when it has ended.
   *
   * @throws {GuestError} `limited`; otherwise the error that the standard has for what went wrong
   */
  async begin<Result>(
    contents: readonly Uint8Array[],
    operate: () => Promise<Result>,
  ): Promise<Result> {
    const { budget, held } = this.#context
    const bytes = contents.reduce((sum, { length }) => sum + length, 0)
    if (this.#pending >= MAX_PENDING || !budget.take('cryptoOperations', 1) || !held.take(bytes)) {
      throw new GuestError('limited')
    }
    this.#pending++
    try {
      return await operate()
    } catch (error) {
      throw forGuest(error)
    } finally {
      this.#pending--
      held.give(bytes)
      for (const each of contents) free(each)
    }
  }

  /** Charges the guest for an operation, then does it. */
  async run<Result>({ bytes = 0, micros, work }: Operation<Result>): Promise<Result> {
    // What the guest wrote may be no number at all; the platform says so.
    const price = Number.isFinite(micros) ? Math.min(Math.max(micros, 0), MAX_MICROS) : 0
    this.#context.work('cipher', bytes)
    this.#context.work('micro', price)
    if (price < LONG_MICROS) return work()
    const claim = { agent: this.#context.agent, amount: 1 }
    await this.#turn(claim)
    try {
      return await work()
    } finally {
      this.#line.give(claim)
    }
  }

  #turn(claim: { agent: string; amount: number }): Promise<void> | undefined {
    const { signal } = this.#context
    if (signal.aborted) throw new GuestError('failed')
    if (this.#line.take(claim)) return undefined
    return new Promise((resolve, reject) => {
      const giveUp = this.#line.wait(claim, () => {
        signal.removeEventListener('abort', end)
        resolve()
      })
      if (giveUp === undefined) {
        reject(new GuestError('limited'))
        return
      }
      signal.addEventListener('abort', end, { once: true })
      function end(): void {
        giveUp?.()
        reject(new GuestError('failed'))
      }
    })
  }
}

/** Frees the memory of `content`, which lists of a guest have for themselves. */
function free({ buffer, length }: Uint8Array): void {
  if (length >= LARGE_BYTES && length === buffer.byteLength && buffer instanceof ArrayBuffer) {
    buffer.transfer(0)
  }
}

const ERRORS: Readonly<Record<string, string>> = {
  TypeError: 'mistyped',
  NotSupportedError: 'unsupported',
  SyntaxError: 'unusable',
  InvalidAccessError: 'unfit',
  DataError: 'malformed',
}

/** The error of the interface for one of the platform. */
function forGuest(error: unknown): unknown {
  if (error instanceof GuestError) return error
  const name = error instanceof Error ? error.name : ''
  return new GuestError(Object.hasOwn(ERRORS, name) ? ERRORS[name] : 'failed')
}
