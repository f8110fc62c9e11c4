/**
 * The imports that one guest in the process of its group calls, as the host answers them.
 *
 * What the process says is checked here: an import of the plan, values of its type, numbers of calls in their order.
 *
 * @module
 */
import { BorrowScope } from '../abi/index.ts'
import { CANCELLED, MayflyError } from '../errors/index.ts'
import { LazySignal, type HostDispatcher } from '../link/index.ts'
import type { Crossing, CrossingFunction, CrossingPlan, Side } from './crossing.ts'
import {
  ENDING,
  malformed,
  MAX_WAITING,
  TO_GROUP,
  type FrameReader,
  type FrameWriter,
} from './frame.ts'
import type { RemoteMeter } from './remote-meter.ts'

/** The channel that a call belongs to. */
export interface CallChannel {
  readonly crossing: Crossing
  readonly writer: FrameWriter
  /** Sends a frame, whose bytes are copied. */
  send(frame: Uint8Array): void
}

export interface RemoteImportsParts {
  /** The call. */
  readonly id: number
  readonly plan: CrossingPlan
  readonly host: HostDispatcher
  readonly channel: CallChannel
}

/** Sends a frame, whose bytes are copied. */
type Send = (frame: Uint8Array) => void

/** A call of the host that it has not answered. */
class OpenImport extends LazySignal {
  /** Whether the guest does not wait for it. */
  readonly cancellable: boolean
  /** Whether the guest takes no result any more. */
  cancelled = false
  /** What the guest has lent to it. */
  readonly #lent: BorrowScope

  constructor(cancellable: boolean, lent: BorrowScope) {
    super()
    this.cancellable = cancellable
    this.#lent = lent
  }

  /** The guest may use at once what it has lent. */
  cancel(): void {
    this.cancelled = true
    this.#lent.end()
    this.aborter?.abort(CANCELLED)
  }
}

export class RemoteImports {
  /** With what a function of the host, or a clean-up, has failed. */
  failure: { readonly error: unknown } | undefined
  readonly #parts: RemoteImportsParts
  readonly #side: Side
  readonly #meter: RemoteMeter
  readonly #open = new Map<number, OpenImport>()
  #lastSequence = 0
  #isOver = false

  constructor(parts: RemoteImportsParts, side: Side, meter: RemoteMeter) {
    this.#parts = parts
    this.#side = side
    this.#meter = meter
  }

  /**
   * Answers an import.
   *
   * @param blocks - whether the whole process waits for the answer: then the host must have it at once
   * @throws {MayflyError} for a message that breaks the protocol
   */
  call(frame: FrameReader, blocks: boolean, send: Send): void {
    const sequence = frame.u32()
    const index = frame.u32()
    const cancellable = frame.u8() !== 0
    this.#meter.report(frame.f64())
    const imported = this.#parts.plan.imports[index]
    if (imported?.used !== true) throw malformed(`there is no import ${index}`)
    if (blocks ? cancellable : sequence <= this.#lastSequence)
      throw malformed(`import ${sequence} is out of order`)
    if (!blocks) this.#lastSequence = sequence
    if (this.#isOver || this.failure !== undefined) {
      // A guest that is being stopped, or was failed, waits for no answer, unless its process does.
      if (blocks) this.#answerFailure(sequence, send)
      return
    }
    if (this.#open.size >= MAX_WAITING) throw malformed('too many imports wait')
    const scope = new BorrowScope()
    const { crossing } = this.#parts.channel
    const values = crossing.read(imported.params, this.#side, frame.rest(), scope) as unknown[] // A tuple
    const open = new OpenImport(cancellable, scope)
    const answer = (make: () => unknown): void => {
      if (this.#isOver) {
        if (blocks) this.#answerFailure(sequence, send)
        return
      }
      try {
        scope.end()
        this.#answer(sequence, imported, make(), send)
      } catch (error) {
        if (open.cancelled) return send(this.#head(sequence, ENDING.cancelled).end())
        this.failure ??= { error }
        this.#answerFailure(sequence, send)
      }
    }
    let outcome: unknown
    try {
      outcome = this.#parts.host.call(index, values, cancellable ? open : undefined)
    } catch (error) {
      return answer(() => errorOf(imported, error))
    }
    if (!isThenable(outcome)) return answer(() => okOf(imported, outcome))
    if (blocks) {
      outcome.then(undefined, () => {})
      return answer(() => {
        throw cannotWait(imported.name)
      })
    }
    // One that was cancelled counts until the function of the host has ended.
    this.#open.set(sequence, open)
    outcome.then(
      (value) => {
        this.#open.delete(sequence)
        answer(() => okOf(imported, value))
      },
      (error: unknown) => {
        this.#open.delete(sequence)
        answer(() => errorOf(imported, error))
      },
    )
  }

  /**
   * The guest takes no result of an import any more.
   *
   * @throws {MayflyError} when it cannot have said so
   */
  cancel(sequence: number): void {
    if (sequence === 0 || sequence > this.#lastSequence)
      throw malformed(`there is no import ${sequence}`)
    if (this.#isOver) return
    const open = this.#open.get(sequence)
    // The answer is on its way.
    if (open === undefined) return
    if (!open.cancellable || open.cancelled)
      throw malformed(`import ${sequence} cannot be cancelled`)
    open.cancel()
  }

  /** The guest takes no result any more, or its caller does not wait for it. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const open of this.#open.values()) open.cancel()
    this.#open.clear()
  }

  #answer(sequence: number, { result }: CrossingFunction, value: unknown, send: Send): void {
    const { crossing } = this.#parts.channel
    const bytes = crossing.write(result, this.#side, value)
    send(this.#head(sequence, ENDING.value).bytes(bytes).end())
  }

  #answerFailure(sequence: number, send: Send): void {
    send(this.#head(sequence, ENDING.hostFailure).end())
  }

  #head(sequence: number, ending: number): FrameWriter {
    const { spent, charged } = this.#meter.take()
    const { id, channel } = this.#parts
    return channel.writer
      .begin(TO_GROUP.answer)
      .u32(id)
      .u32(sequence)
      .u8(ending)
      .f64(spent)
      .f64(charged)
  }
}

/** Whether the host answers later. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

function okOf({ throws }: CrossingFunction, value: unknown): unknown {
  return throws ? { tag: 'ok', val: value } : value
}

/** The error case of a `result`; every other error is a failure of the host. */
function errorOf({ throws }: CrossingFunction, error: unknown): unknown {
  if (throws && typeof error === 'object' && error !== null && Object.hasOwn(error, 'payload'))
    return { tag: 'err', val: (error as { payload: unknown }).payload } // It has one
  if (!throws || error instanceof Error) throw error
  return { tag: 'err', val: error }
}

function cannotWait(name: string): MayflyError {
  return new MayflyError(
    'ERR_GUEST_TRAPPED',
    `Cannot wait for "${name}": the guest cannot be suspended where it calls it`,
  )
}
