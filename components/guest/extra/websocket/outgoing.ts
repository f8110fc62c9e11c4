/**
 * Messages that an agent has sent and the host has not taken yet: one after the other, as the other side takes them.
 *
 * @module
 */

import { encodeUtf8 } from '../../engine.ts'
import type { HostConnection } from '../../host-websocket.ts'

interface Message {
  readonly content: string | Uint8Array
  readonly bytes: number
}

export class Outgoing {
  readonly #waiting: Message[] = []
  #bytes = 0
  #connection: HostConnection | undefined
  #isSending = false
  #close: { readonly code: number; readonly reason: string } | undefined

  /** Bytes that have not left. */
  get bytes(): number {
    return this.#bytes + (this.#connection?.buffered() ?? 0)
  }

  /** From here on messages leave. */
  open(connection: HostConnection): void {
    this.#connection = connection
    void this.#send()
  }

  /** @param isLost - the connection is closing: it counts, and goes nowhere */
  add(content: string | Uint8Array, isLost: boolean): void {
    const bytes = typeof content === 'string' ? encodeUtf8(content).length : content.length
    this.#bytes += bytes
    if (isLost) return
    this.#waiting.push({ content, bytes })
    void this.#send()
  }

  /** Closes the connection after all messages. */
  close(code: number, reason: string): void {
    this.#close = { code, reason }
    void this.#send()
  }

  async #send(): Promise<void> {
    const connection = this.#connection
    if (this.#isSending || connection === undefined) return
    this.#isSending = true
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const { content, bytes } = next
        await (typeof content === 'string'
          ? connection.sendText(content)
          : connection.sendBinary(content))
        this.#bytes -= bytes
      }
      if (this.#close !== undefined) connection.close(this.#close.code, this.#close.reason)
    } catch {
      // The receiver of messages learns of it, with its reason.
      this.#waiting.length = 0
    }
    this.#isSending = false
  }
}
