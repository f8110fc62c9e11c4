/**
 * Sends answers that are ready within one turn of the event loop together, once its requests have been served.
 *
 * A write wakes the client, or the proxy in front, where that has nothing else to do. Waking it takes the kernel longer
 * than the rest of the write: 15 of 113 microseconds for a small JavaScript agent (bench/suites/throughput/beside-hono).
 * A client that is awake for the first answer finds the others.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { WholeAnswer } from '../../../runtime/agents/index.ts'
import { MAX_COPIED_BYTES, sendAnswer } from './send-answer.ts'

// A quarter of the slice of a guest (`Pace`), which a request waits for anyway where others run before it.
const MAX_WAIT_MS = 0.5
// After an answer that had no company. A turn of its own takes the event loop 10 microseconds.
const SENT_ALONE = 15

interface Ready {
  readonly outgoing: ServerResponse
  readonly answer: WholeAnswer
  readonly method: string
}

/** The answers of one server. */
export class AnswerBatch {
  #ready: Ready[] = []
  #since = 0
  /** So many are sent at once: requests come one after another. */
  #alone = 0
  readonly #atEnd = (): void => {
    if (this.#ready.length === 1) this.#alone = SENT_ALONE
    this.#sendAll()
  }

  /** Sends `answer` soon: after `MAX_WAIT_MS` and what runs then, at the latest. A large one is sent at once,
   * and so is one where the one before it had no company. */
  add(outgoing: ServerResponse, answer: WholeAnswer, method: string): void {
    if (this.#alone > 0 || (answer.body?.byteLength ?? 0) > MAX_COPIED_BYTES) {
      if (this.#alone > 0) this.#alone--
      return sendAnswer(outgoing, answer, method)
    }
    if (this.#ready.length === 0) {
      this.#since = performance.now()
      setImmediate(this.#atEnd)
    }
    this.#ready.push({ outgoing, answer, method })
  }

  /** To be called before something that may take long. */
  passes(): void {
    if (this.#ready.length > 0 && performance.now() - this.#since > MAX_WAIT_MS) this.#sendAll()
  }

  #sendAll(): void {
    const ready = this.#ready
    if (ready.length === 0) return
    this.#ready = []
    for (const { outgoing, answer, method } of ready) {
      try {
        sendAnswer(outgoing, answer, method)
      } catch {
        // The thread would end by it, and with it the requests of others.
        outgoing.destroy()
      }
    }
  }
}
