/**
 * One call into an agent whose guest runs in the process of its group, as the host sees it.
 *
 * The host answers its imports under the grants of the invocation, and keeps the objects that its handles stand for. What
 * the process says is checked here: an import of the plan, values of its type, handles that it was given.
 *
 * @module
 */
import { BorrowScope, InstanceState, ResourceHandle, trap } from '../abi/index.ts'
import type { Invocation } from '../agents/index.ts'
import { MayflyError } from '../errors/index.ts'
import { CallSignals, ComponentError, type HostDispatcher } from '../link/index.ts'
import type { Crossing, CrossingFunction, CrossingPlan, Side } from './crossing.ts'
import { bridgeOf } from './crossing.ts'
import { decodeError } from './encoded-error.ts'
import {
  ENDING,
  malformed,
  MAX_WAITING,
  TO_GROUP,
  type FrameReader,
  type FrameWriter,
} from './frame.ts'
import { RemoteMeter } from './remote-meter.ts'

/** The channel that a call belongs to. */
export interface CallChannel {
  readonly crossing: Crossing
  readonly writer: FrameWriter
  /** Sends a frame, whose bytes are copied. */
  send(frame: Uint8Array): void
}

export interface RemoteCallParts {
  readonly id: number
  readonly agent: string
  readonly plan: CrossingPlan
  readonly exported: CrossingFunction
  readonly invocation: Invocation
  readonly host: HostDispatcher
  readonly channel: CallChannel
}

/** Whether the host answers later. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** An import that the guest waits for, or will. */
interface OpenImport {
  /** What the guest has lent to it. */
  readonly scope: BorrowScope
  /** Ends the work of the host, if it asked for a signal. */
  readonly controller: AbortController | undefined
}

export class RemoteCall {
  readonly id: number
  readonly invocation: Invocation
  readonly meter: RemoteMeter
  /** Settles with its value, or rejects with its error. */
  readonly ended: Promise<unknown>
  /** Looks of the watchdog since its guest was to stop; `undefined` while it may run. */
  looks: number | undefined
  readonly #parts: RemoteCallParts
  readonly #side: Side
  readonly #signals = new CallSignals()
  /** By the number that the guest's side has given them. */
  readonly #open = new Map<number, OpenImport>()
  /** Whether the end of the invocation ends its open imports. */
  #isWatched = false
  #failure: { readonly error: unknown } | undefined
  #isOver = false
  #resolve: (value: unknown) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(parts: RemoteCallParts) {
    const { id, plan, invocation } = parts
    this.#parts = parts
    this.#side = { state: new InstanceState(), bridge: bridgeOf(plan) }
    this.id = id
    this.invocation = invocation
    this.meter = new RemoteMeter(invocation.fuel)
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /**
   * Sends the call.
   *
   * @throws {ValueMismatch} when `args` do not fit
   */
  begin(agent: number, exportNumber: number, args: readonly unknown[]): void {
    const { channel, exported, invocation, id } = this.#parts
    const { crossing, writer } = channel
    const values = crossing.write(exported.params, this.#side, padded(args, exported.paramCount))
    channel.send(
      writer
        .begin(TO_GROUP.run)
        .u32(id)
        .u32(agent)
        .u32(exportNumber)
        .u32(invocation.depth)
        .f64(Math.max(0, invocation.deadlineAt - performance.now()))
        .f64(invocation.fuel)
        .bytes(values)
        .end(),
    )
  }

  /**
   * Answers an import.
   *
   * @param blocks - whether the whole process waits for the answer: then the host must have it at once
   * @throws {MayflyError} for a message that breaks the protocol
   */
  import(frame: FrameReader, blocks: boolean, send: (frame: Uint8Array) => void): void {
    const sequence = frame.u32()
    const index = frame.u32()
    this.meter.report(frame.f64())
    const imported = this.#parts.plan.imports[index]
    if (imported?.used !== true) throw malformed(`there is no import ${index}`)
    if (this.#isOver || this.#failure !== undefined) {
      // A guest that is being stopped, or was failed, waits for no answer, unless its process does.
      if (blocks) this.#answerFailure(sequence, send)
      return
    }
    if (this.#open.size >= MAX_WAITING) throw malformed('too many imports wait')
    if (this.#open.has(sequence)) throw malformed(`import ${sequence} waits already`)
    const scope = new BorrowScope()
    const { crossing } = this.#parts.channel
    const values = crossing.read(imported.params, this.#side, frame.rest(), scope) as unknown[] // A tuple
    const answer = (make: () => unknown): void => {
      if (this.#isOver) {
        if (blocks) this.#answerFailure(sequence, send)
        return
      }
      try {
        scope.end()
        this.#answer(sequence, imported, make(), send)
      } catch (error) {
        this.#failure ??= { error }
        this.#answerFailure(sequence, send)
      }
    }
    const before = this.#signals.begin()
    let controller: AbortController | undefined
    let outcome: unknown
    try {
      outcome = this.#parts.host.call(index, values, blocks ? undefined : this.#signals)
    } catch (error) {
      return answer(() => errorOf(imported, error))
    } finally {
      controller = this.#signals.end(before)
    }
    if (!isThenable(outcome)) return answer(() => okOf(imported, outcome))
    if (blocks) {
      outcome.then(undefined, () => {})
      return answer(() => {
        throw cannotWait(imported.name)
      })
    }
    if (!this.#isWatched) this.invocation.defer(() => this.#abort())
    this.#isWatched = true
    this.#open.set(sequence, { scope, controller })
    outcome.then(
      (value) => {
        if (this.#open.delete(sequence)) answer(() => okOf(imported, value))
      },
      (error: unknown) => {
        if (this.#open.delete(sequence)) answer(() => errorOf(imported, error))
      },
    )
  }

  /** The guest takes no answer of the import any more. The answer may have been sent already. */
  cancel(sequence: number): void {
    const open = this.#open.get(sequence)
    if (open === undefined) return
    this.#open.delete(sequence)
    open.scope.end()
    open.controller?.abort()
  }

  /** The invocation has ended. */
  #abort(): void {
    for (const sequence of [...this.#open.keys()]) this.cancel(sequence)
  }

  /** The guest has dropped a handle. @throws {MayflyError} when it has none such */
  drop(handle: number): void {
    const { handles } = this.#side.state
    const entry = handles.get(handle)
    if (!(entry instanceof ResourceHandle) || !entry.own || entry.lends > 0)
      trap(`Cannot drop handle ${handle}: it is not the guest's`)
    handles.remove(handle)
    if (this.#isOver) return
    const dispose = (entry.rep as Partial<Disposable>)[Symbol.dispose] // An object: the bridge saw to it
    if (typeof dispose !== 'function') return
    try {
      dispose.call(entry.rep)
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  /** The call has ended. @throws {MayflyError} for a message that breaks the protocol */
  done(frame: FrameReader): void {
    const ending = frame.u8()
    this.meter.report(frame.f64())
    const { exported, channel } = this.#parts
    if (this.#isOver) return
    switch (ending) {
      case ENDING.value: {
        const value = channel.crossing.read(exported.result, this.#side, frame.rest())
        this.#isOver = true
        if (!exported.throws) return this.#resolve(value)
        const { tag, val } = value as { tag: 'ok' | 'err'; val: unknown } // Its codec made it
        return tag === 'ok' ? this.#resolve(val) : this.#reject(new ComponentError(val))
      }
      case ENDING.error:
        return this.fail(decodeError(frame.restText()))
      case ENDING.hostFailure:
        if (this.#failure === undefined) throw malformed('no function of the host has failed')
        return this.fail(this.#failure.error)
      default:
        throw malformed(`there is no ending ${ending}`)
    }
  }

  /** Ends it for its caller. */
  fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#reject(error)
  }

  #answer(
    sequence: number,
    { result }: CrossingFunction,
    value: unknown,
    send: (frame: Uint8Array) => void,
  ): void {
    const { crossing } = this.#parts.channel
    const bytes = crossing.write(result, this.#side, value)
    send(this.#head(sequence, ENDING.value).bytes(bytes).end())
  }

  #answerFailure(sequence: number, send: (frame: Uint8Array) => void): void {
    send(this.#head(sequence, ENDING.hostFailure).end())
  }

  #head(sequence: number, ending: number): FrameWriter {
    const { spent, charged } = this.meter.take()
    const { writer } = this.#parts.channel
    return writer
      .begin(TO_GROUP.answer)
      .u32(this.id)
      .u32(sequence)
      .u8(ending)
      .f64(spent)
      .f64(charged)
  }
}

/** As in a call on this thread, missing arguments are `undefined`. */
function padded(args: readonly unknown[], count: number): unknown[] {
  return [...args, ...Array.from({ length: count - args.length }, () => undefined)]
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
