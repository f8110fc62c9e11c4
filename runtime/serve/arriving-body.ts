/**
 * `mayfly:agent/request-body`: the body of a request that is not there when its agent is called.
 *
 * Not a capability: every agent may read its request. The bound is the manifest's `requestBodyBytes`. The rest of a body
 * that its guest does not read is left to the server, which discards it or closes the connection.
 *
 * @module
 */
import type { BodyEnd, BodyStream, HostFunction } from '../host-module/index.ts'
import type { MayflyError } from '../errors/index.ts'
import type { HeldBytes } from '../meter/index.ts'
import { bodyTooLarge } from './body-errors.ts'

/** The interface, without version. */
export const REQUEST_BODY_INTERFACE = 'mayfly:agent/request-body'

// Two slices of other guests, and the own one: a guest that has just got bytes cannot have asked for the next.
const TURNAROUND_MS = 10

export interface ArrivingBodyParts {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  /** Bytes that were read already, and are held. */
  readonly start: readonly Uint8Array[]
  /** A read that has not settled. */
  readonly reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined
  readonly maxBytes: number
  readonly held: HeldBytes
}

/** The body of one request. */
export class ArrivingBody {
  readonly #parts: ArrivingBodyParts
  readonly #start: Uint8Array[]
  readonly #end = Promise.withResolvers<BodyEnd>()
  #reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined
  #received = 0
  /** When the guest got bytes last, on the clock of `performance.now()`. */
  #passedAt = -Infinity
  #isPulling = false
  #isTaken = false
  #isOver = false
  #excess: MayflyError | undefined

  constructor(parts: ArrivingBodyParts) {
    this.#parts = parts
    this.#start = [...parts.start]
    this.#reading = parts.reading
    // Nothing reads it when the guest does not take the body.
    this.#reading?.catch(() => {})
  }

  /** The error of a body that was larger than it may be, once it was. */
  get excess(): MayflyError | undefined {
    return this.#excess
  }

  /** Whether the guest waits for more than has come, or has got bytes so lately that it cannot have asked for the next. */
  get isBehind(): boolean {
    return this.#isPulling || performance.now() - this.#passedAt < TURNAROUND_MS
  }

  /** Returns the body, the first time. */
  take(): BodyStream | undefined {
    if (this.#isTaken) return undefined
    this.#isTaken = true
    const bytes = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#pull(controller), cancel: () => this.#drop() },
      { highWaterMark: 0 },
    )
    return { bytes, end: this.#end.promise }
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#isPulling = true
    try {
      const bytes = await this.#next()
      if (this.#isOver) return
      if (bytes === undefined) return this.#finish(controller, { tag: 'ok', val: undefined })
      this.#passedAt = performance.now()
      this.#received += bytes.byteLength
      const { maxBytes } = this.#parts
      if (this.#received <= maxBytes) return controller.enqueue(bytes)
      this.#excess = bodyTooLarge('request-body', this.#received, maxBytes)
      this.#finish(controller, { tag: 'err', val: 'limited' })
    } catch {
      // The client broke off.
      if (!this.#isOver) this.#finish(controller, { tag: 'err', val: 'unavailable' })
    } finally {
      this.#isPulling = false
    }
  }

  /** The next bytes; nothing at the end. */
  async #next(): Promise<Uint8Array | undefined> {
    const first = this.#start.shift()
    if (first !== undefined) {
      this.#parts.held.give(first.byteLength)
      return first
    }
    for (;;) {
      const reading = this.#reading ?? this.#parts.reader.read()
      this.#reading = undefined
      const { done, value } = await reading
      if (done) return undefined
      if (value.byteLength > 0) return value
    }
  }

  #finish(controller: ReadableStreamDefaultController<Uint8Array>, end: BodyEnd): void {
    this.#isOver = true
    this.#end.resolve(end)
    controller.close()
  }

  /** The guest wants no more. */
  #drop(): void {
    this.#isOver = true
    for (const { byteLength } of this.#start.splice(0)) this.#parts.held.give(byteLength)
    this.#end.resolve({ tag: 'ok', val: undefined })
    // Not cancelled: servers close the connection then, also where the answer is still to be sent.
    if (!this.#isPulling) this.#parts.reader.releaseLock()
  }
}

/** The functions of the interface for one invocation; there is no body when the call is not a request. */
export function requestBodyFunctions(
  body: () => ArrivingBody | undefined,
): Readonly<Record<string, HostFunction>> {
  return { take: () => body()?.take() }
}
