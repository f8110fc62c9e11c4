/**
 * The answer of an agent to another agent, sent chunk by chunk. It is kept until it is complete, within the bound of an
 * answer. The host reads it at once, so nothing waits.
 *
 * @module
 */
import { joinBytes } from '../bytes/index.ts'
import { GuestError } from '../host-module/index.ts'
import { checkFinalStatus } from '../policy/index.ts'
import type { HeldBytes } from '../meter/index.ts'
import type { BodySink } from './response-body.ts'
import type { ResponseRecord } from './response-record.ts'
import { bodyTooLarge } from './body-errors.ts'
import type { HeaderPair } from './request-record.ts'

/** Takes the chunks of one answer. */
export class CollectedAnswer implements BodySink {
  readonly #maxBytes: number
  readonly #held: HeldBytes
  readonly #chunks: Uint8Array[] = []
  #status: number | undefined
  #bytes = 0

  /** @param held - counts the bytes that are kept */
  constructor(maxBytes: number, held: HeldBytes) {
    this.#maxBytes = maxBytes
    this.#held = held
  }

  get body(): BodySink {
    return this
  }

  start(status: number, _headers: HeaderPair[]): void {
    if (this.#status !== undefined) throw new GuestError('misused')
    checkFinalStatus(status)
    this.#status = status
  }

  write(chunk: Uint8Array): void {
    if (this.#status === undefined) throw new GuestError('misused')
    if (this.#bytes + chunk.byteLength > this.#maxBytes) throw new GuestError('limited')
    if (!this.#held.take(chunk.byteLength)) throw new GuestError('limited')
    this.#bytes += chunk.byteLength
    this.#chunks.push(chunk)
  }

  /**
   * Returns the complete answer, with the record that the handler has returned.
   *
   * @throws {MayflyError} ERR_LIMIT_EXCEEDED, or ERR_GUEST_FAILED for a status that cannot end an answer
   */
  with({ status, body }: ResponseRecord): Pick<ResponseRecord, 'status' | 'body'> {
    const bytes = this.#bytes + body.byteLength
    if (bytes > this.#maxBytes) throw bodyTooLarge('response-body', bytes, this.#maxBytes)
    if (this.#status === undefined) {
      checkFinalStatus(status)
      return { status, body }
    }
    const whole = joinBytes([...this.#chunks, body], bytes)
    return { status: this.#status, body: whole }
  }
}
