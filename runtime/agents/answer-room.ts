/**
 * The bytes of one large answer, from the memory of its guest until the client has them.
 *
 * They count against the share of the agent. Where the platform reports when they are sent, they lie in a buffer of the
 * pool, which goes back then: if it was the whole answer of this invocation, nothing else ever had it.
 *
 * @module
 */
import type { AbortSource } from '../host-module/index.ts'
import type { RuntimeShared } from './agent-shared.ts'

export class AnswerRoom {
  readonly #agent: string
  readonly #client: AbortSource | undefined
  readonly #shared: Pick<RuntimeShared, 'answers' | 'bodies'>
  /** The result of the guest, in a buffer of the pool. */
  #lent: Uint8Array | undefined

  constructor(
    agent: string,
    client: AbortSource | undefined,
    shared: Pick<RuntimeShared, 'answers' | 'bodies'>,
  ) {
    this.#agent = agent
    this.#client = client
    this.#shared = shared
  }

  /** Copies bytes that the guest returns. */
  copy(bytes: Uint8Array): Uint8Array {
    const { answers } = this.#shared
    if (answers === undefined || this.#client?.onClose === undefined) return bytes.slice()
    return (this.#lent = answers.copy(bytes))
  }

  /**
   * Counts `bytes` as held until the client has them or has gone. Returns whether that is allowed. It always is where the
   * platform cannot report when the client has them.
   *
   * @param whole - the answer, where it is the result of the guest and no part of one
   */
  hold(bytes: number, whole: Uint8Array | undefined): boolean {
    const { bodies, answers } = this.#shared
    if (this.#client?.onClose === undefined) return true
    const claim = { agent: this.#agent, amount: bytes }
    if (!bodies.take(claim)) {
      bodies.refuse(this.#agent)
      return false
    }
    const lent = whole === this.#lent ? whole : undefined
    this.#client.onClose((isSent) => {
      bodies.give(claim)
      // A server may still write from it otherwise.
      if (isSent && lent !== undefined) answers?.giveBack(lent)
    })
    return true
  }
}
