/**
 * `mayfly:agent/response-body`: a response sent chunk by chunk while the agent still runs.
 *
 * Not a capability: every agent may answer. The bound is the manifest's `responseBodyBytes`.
 *
 * @module
 */
import { GuestError, type HostFunction } from '../host-module/index.ts'
import type { HeldBytes } from '../meter/index.ts'
import type { HeaderPair } from './request-record.ts'
import { makeResponse, type ExchangeFacts } from './response-record.ts'

/** The interface, without version. */
export const RESPONSE_BODY_INTERFACE = 'mayfly:agent/response-body'

// Bytes that may wait in the stream before `write` suspends: one chunk of the size most guests write.
export const HIGH_WATER_BYTES = 65_536

/** The sink for a guest's answer. */
export interface BodySink {
  start(status: number, headers: HeaderPair[]): void
  /** Returns a promise only when there is something to wait for. */
  write(chunk: Uint8Array): void | Promise<void>
}

/** The body of one answer. Its `Response` exists once the guest has sent status and headers. */
export class ResponseBody implements BodySink {
  readonly #exchange: ExchangeFacts
  readonly #maxBytes: number
  readonly #held: HeldBytes
  readonly #onStart: (response: Response) => void
  readonly #onCancel: () => void
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  /** Writes that wait: a guest may have several. */
  #waiting: (() => void)[] = []
  #state: 'idle' | 'open' | 'closed' = 'idle'
  #sent = 0

  constructor(
    exchange: ExchangeFacts,
    maxBytes: number,
    held: HeldBytes,
    onStart: (response: Response) => void,
    onCancel: () => void,
  ) {
    this.#exchange = exchange
    this.#maxBytes = maxBytes
    this.#held = held
    this.#onStart = onStart
    this.#onCancel = onCancel
  }

  /** Whether status and headers have been sent, so that the result of `handle` no longer sets them. */
  get started(): boolean {
    return this.#state !== 'idle'
  }

  get sentBytes(): number {
    return this.#sent
  }

  start(status: number, headers: HeaderPair[]): void {
    if (this.#state !== 'idle') throw new GuestError('misused')
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#resume(),
        cancel: () => {
          this.#state = 'closed'
          this.#resume()
          this.#onCancel()
        },
      },
      { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk.byteLength },
    )
    const response = makeResponse(stream, status, headers, this.#exchange)
    this.#state = 'open'
    this.#onStart(response)
  }

  /** Returns a promise only when the client is behind. */
  write(chunk: Uint8Array): void | Promise<void> {
    if (this.#state === 'idle') throw new GuestError('misused')
    if (this.#state === 'closed') throw new GuestError('closed')
    if (this.#sent + chunk.byteLength > this.#maxBytes) throw new GuestError('limited')
    if (chunk.byteLength === 0) return
    // What is written while the client is behind would have no bound else.
    const isBehind = (this.#controller?.desiredSize ?? 1) <= 0
    const held = isBehind || chunk.byteLength > HIGH_WATER_BYTES ? chunk.byteLength : 0
    if (!this.#held.take(held)) throw new GuestError('limited')
    this.#sent += chunk.byteLength
    this.#controller?.enqueue(chunk)
    if ((this.#controller?.desiredSize ?? 1) <= 0) return this.#drained(held)
    this.#held.give(held)
  }

  /** Ends the stream: after `lastChunk`, or with `error`, which the client sees as a broken connection. */
  finish(lastChunk: Uint8Array | undefined, error?: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    if (error !== undefined) return this.#controller?.error(error)
    if (lastChunk !== undefined && lastChunk.byteLength > 0) this.#controller?.enqueue(lastChunk)
    this.#controller?.close()
  }

  async #drained(held: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
    })
    this.#held.give(held)
    if (this.#state === 'closed') throw new GuestError('closed')
  }

  #resume(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** The functions of the interface for one invocation; each refuses when the call is not a request. */
export function responseBodyFunctions(
  body: () => BodySink | undefined,
): Readonly<Record<string, HostFunction>> {
  function current(): BodySink {
    const found = body()
    if (found === undefined) throw new GuestError('misused')
    return found
  }
  return {
    start: (status: number, headers: HeaderPair[]) => current().start(status, headers),
    write: (chunk: Uint8Array) => current().write(chunk),
  }
}
