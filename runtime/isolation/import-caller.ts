/**
 * Passes the imports of one call to the host, from the process where its guest runs.
 *
 * A guest that can be suspended waits for the answer, and others run meanwhile. Where it cannot, while it initialises
 * itself or in a destructor, the whole process waits.
 *
 * @module
 */
import { tooManyBodies, type Invocation } from '../agents/index.ts'
import { MayflyError } from '../errors/index.ts'
import {
  ComponentError,
  type CallSignal,
  type HostCall,
  type HostDispatcher,
} from '../link/index.ts'
import { withWholeUpload } from './whole-upload.ts'
import type { Crossing, CrossingFunction, CrossingPlan, Side } from './crossing.ts'
import { Foreign } from './foreign.ts'
import {
  ENDING,
  FROM_GROUP,
  MAX_WAITING,
  TO_GROUP,
  FrameReader,
  type FrameWriter,
} from './frame.ts'

/** The channel to the host. */
export interface HostChannel {
  readonly crossing: Crossing
  readonly writer: FrameWriter
  /** Sends a frame, whose bytes are copied. */
  send(frame: Uint8Array): void
  /** Sends a frame, and waits for the frame that answers it; nothing else of the process runs meanwhile. */
  ask(frame: Uint8Array): Uint8Array
}

export interface ImportCallerParts {
  /** The call. */
  readonly id: number
  readonly plan: CrossingPlan
  readonly side: Side
  readonly invocation: Invocation
  readonly channel: HostChannel
}

/** An import that the guest waits for. */
interface Waiting {
  readonly imported: CrossingFunction
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

// A question comes over another channel, and is in no order with the rest.
const NO_ORDER = 0

export class ImportCaller implements HostDispatcher {
  /** Whether a function of the host has failed, which has ended the guest. */
  hasFailed = false
  readonly #id: number
  readonly #plan: CrossingPlan
  readonly #side: Side
  readonly #invocation: Invocation
  readonly #channel: HostChannel
  readonly #waiting = new Map<number, Waiting>()
  readonly #onReturn: (call: HostCall) => void
  #lastSequence = 0
  #isOver = false

  /** @param onReturn - called when the guest has returned its result, and goes on */
  constructor(parts: ImportCallerParts, onReturn: (call: HostCall) => void) {
    this.#id = parts.id
    this.#plan = parts.plan
    this.#side = parts.side
    this.#invocation = parts.invocation
    this.#channel = parts.channel
    this.#onReturn = onReturn
  }

  call(index: number, values: unknown[], cancellation?: CallSignal): unknown {
    const invocation = this.#invocation
    invocation.checkpoint()
    const imported = this.#plan.imports[index]
    if (imported === undefined) throw new RangeError(`Cannot call import ${index}: there is none`)
    // A guest that does not wait for this call goes on, and others do.
    const cancellable = cancellation !== undefined
    const goesOn = cancellable || invocation.canWait
    if (imported.uploads && goesOn && values[1] !== undefined) {
      const whole = withWholeUpload(values, cancellation?.signal)
      this.#waits(cancellable)
      return whole.then((given) => this.#send(index, imported, given, cancellation))
    }
    if (!goesOn) return this.#ask(imported, this.#frame(NO_ORDER, index, imported, values, false))
    const answer = this.#send(index, imported, values, cancellation)
    this.#waits(cancellable)
    return answer
  }

  /** Calls the host, which answers later. */
  #send(
    index: number,
    imported: CrossingFunction,
    values: readonly unknown[],
    cancellation: CallSignal | undefined,
  ): Promise<unknown> {
    const sequence = ++this.#lastSequence
    const frame = this.#frame(sequence, index, imported, values, cancellation !== undefined)
    // Here, because the host would take the process for one that breaks the protocol.
    if (this.#waiting.size >= MAX_WAITING) throw tooManyWait(imported.name)
    this.#channel.send(frame)
    cancellation?.abortsBy({ abort: () => this.#cancel(sequence) })
    return new Promise((resolve, reject) => {
      this.#waiting.set(sequence, { imported, resolve, reject })
    })
  }

  /** The guest waits for the host, or goes on until it does. */
  #waits(goesOn: boolean): void {
    const invocation = this.#invocation
    invocation.waits()
    if (!goesOn) invocation.openRest()?.suspends()
  }

  #frame(
    sequence: number,
    index: number,
    imported: CrossingFunction,
    values: readonly unknown[],
    cancellable: boolean,
  ): Uint8Array {
    const { crossing, writer } = this.#channel
    const bytes = crossing.write(imported.params, this.#side, values)
    return writer
      .begin(FROM_GROUP.import)
      .u32(this.#id)
      .u32(sequence)
      .u32(index)
      .u8(cancellable ? 1 : 0)
      .f64(this.#invocation.ownFuel)
      .bytes(bytes)
      .end()
  }

  /** The call has ended: the host knows it no more. */
  end(): void {
    this.#isOver = true
  }

  /** The host has answered an import. */
  answered(frame: FrameReader): void {
    const sequence = frame.u32()
    const waiting = this.#waiting.get(sequence)
    if (waiting === undefined) return
    this.#waiting.delete(sequence)
    try {
      waiting.resolve(this.#take(waiting.imported, frame))
    } catch (error) {
      waiting.reject(error)
    }
  }

  admit(): void {
    this.#invocation.checkpoint()
    this.#invocation.work('call')
  }

  rest(call: HostCall): void {
    this.#invocation.openRest()?.begins(call)
  }

  wake(): Promise<void> | undefined {
    return this.#invocation.rest?.wakes()
  }

  returned(call: HostCall): void {
    this.#onReturn(call)
  }

  runs(running: boolean): void {
    if (running) this.#invocation.rest?.resumes()
  }

  passed(bytes: number): void {
    this.#invocation.work('byte', bytes)
  }

  holds(bytes: number): void {
    if (!this.#invocation.held.take(bytes)) throw tooManyBodies()
  }

  gives(bytes: number): void {
    this.#invocation.held.give(bytes)
  }

  drop(_resource: number, object: unknown): void {
    if (this.#isOver || !(object instanceof Foreign)) return
    const { writer } = this.#channel
    this.#channel.send(writer.begin(FROM_GROUP.drop).u32(this.#id).u32(object.handle).end())
  }

  #cancel(sequence: number): void {
    if (this.#isOver || !this.#waiting.has(sequence)) return
    const { writer } = this.#channel
    this.#channel.send(writer.begin(FROM_GROUP.cancel).u32(this.#id).u32(sequence).end())
  }

  #ask(imported: CrossingFunction, question: Uint8Array): unknown {
    const frame = new FrameReader(this.#channel.ask(question))
    if (frame.kind !== TO_GROUP.answer) throw new TypeError('Cannot read answer: it is none')
    frame.u32() // The call
    frame.u32() // The import
    return this.#take(imported, frame)
  }

  #take(imported: CrossingFunction, frame: FrameReader): unknown {
    const ending = frame.u8()
    const spent = frame.f64()
    const charged = frame.f64()
    const { meter } = this.#invocation
    meter?.spend(spent)
    meter?.charge(charged)
    if (ending === ENDING.hostFailure) {
      this.hasFailed = true
      throw new MayflyError('ERR_GUEST_TRAPPED', `Cannot call "${imported.name}": the host failed`)
    }
    if (ending === ENDING.cancelled)
      throw new MayflyError('ERR_GUEST_TRAPPED', `Cannot call "${imported.name}": cancelled`)
    const value = this.#channel.crossing.read(imported.result, this.#side, frame.rest())
    if (!imported.throws) return value
    const { tag, val } = value as { tag: 'ok' | 'err'; val: unknown } // Its codec made it
    if (tag === 'ok') return val
    throw new ComponentError(val)
  }
}

function tooManyWait(name: string): MayflyError {
  return new MayflyError(
    'ERR_LIMIT_EXCEEDED',
    `Cannot call "${name}": ${MAX_WAITING} calls of the host wait for their answers`,
    { facts: { limit: 'calls' } },
  )
}
