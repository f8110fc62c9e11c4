/** `queue` of an agent: takes messages, as in Workers. Part of agents whose manifest has `consumes`. @module */

import type { Message, MessageBatch, RetryOptions } from '../events.ts'
import { decodeUtf8, inspect, parts } from '../extra-host.ts'

/** As the adapter has it. */
type Parts = [
  id: string,
  sentAt: number,
  attempt: number,
  contentType: string | null,
  body: Uint8Array,
]

// As the adapter reads them. Anything else is the milliseconds of `retry-after`.
const DONE = -1
const RETRY = -2

class TakenMessage implements Message {
  readonly id: string
  readonly timestamp: Date
  readonly attempts: number
  verdict: number | undefined
  readonly #contentType: string | null
  readonly #bytes: Uint8Array
  #body: unknown
  #isRead = false

  constructor([id, sentAt, attempt, contentType, body]: Parts) {
    this.id = id
    this.timestamp = new Date(sentAt)
    this.attempts = attempt
    this.#contentType = contentType
    this.#bytes = body
  }

  get body(): unknown {
    if (!this.#isRead) this.#body = read(this.#contentType, this.#bytes)
    this.#isRead = true
    return this.#body
  }

  ack(): void {
    this.verdict ??= DONE
  }

  retry(options?: RetryOptions): void {
    this.verdict ??= retryOf(options)
  }
}

parts.events = {
  ...parts.events,
  queue: {
    field: 'consumes',
    async take(method, queue, given) {
      // What the adapter has made.
      const messages = (given as Parts[]).map((each) => new TakenMessage(each))
      let others: number | undefined
      const batch: MessageBatch = {
        queue,
        messages,
        ackAll: () => void (others ??= DONE),
        retryAll: (options) => void (others ??= retryOf(options)),
      }
      try {
        await method(batch)
      } catch (error) {
        console.error('The method "queue" has failed:', inspect(error))
        others = others === DONE || others === undefined ? RETRY : others
      }
      return messages.map(({ verdict }) => verdict ?? others ?? DONE)
    },
  },
}

function retryOf({ delaySeconds }: RetryOptions = {}): number {
  if (delaySeconds === undefined) return RETRY
  const delay = Number(delaySeconds)
  if (!(delay >= 0)) throw new RangeError(`Cannot retry after ${delay} seconds: not 0 or more`)
  return delay * 1000
}

function read(contentType: string | null, bytes: Uint8Array): unknown {
  if (contentType === 'application/json') return JSON.parse(decodeUtf8(bytes))
  return contentType?.startsWith('text/') === true ? decodeUtf8(bytes) : bytes
}
