/**
 * The resource `connection` of `websocket` for scripts. Only this file knows the handle of one.
 *
 * @module
 */
import { natives, type Later } from './natives.ts'
import { isPending, when, whenOver } from './pending.ts'

/** A connection that is open. A script cannot make one up: its handle is in a field that only this class has. */
export class Connection {
  readonly #handle: number
  /** Calls that have it. The host does not take back what it has lent. */
  #lent = 0

  constructor(handle: number, key: typeof natives) {
    // Which no script has.
    if (key !== natives) throw new TypeError('Cannot construct a connection: "connect" makes them')
    this.#handle = handle
  }

  protocol(): string {
    return natives.websocketProtocol(this.#handle)
  }

  receive(): Later<string | Uint8Array | null> {
    const message = this.#lending(natives.websocketReceive(this.#handle))
    return when(message, (arrived) => arrived && arrived[1])
  }

  ended(): { code: number; reason: string } | null {
    const closing = natives.websocketEnded(this.#handle)
    return closing && { code: closing[0], reason: closing[1] }
  }

  sendText(text: string): Later<void> {
    return this.#lending(natives.websocketSendText(this.#handle, text))
  }

  sendBinary(content: Uint8Array): Later<void> {
    return this.#lending(natives.websocketSendBinary(this.#handle, content))
  }

  buffered(): number {
    return natives.websocketBuffered(this.#handle)
  }

  close(code: number, reason: string): void {
    natives.websocketClose(this.#handle, code, reason)
  }

  /** Gives it back, which ends it. */
  drop(): void {
    if (this.#lent > 0) throw new TypeError('Cannot drop a connection: a call of it is under way')
    natives.connectionDrop(this.#handle)
  }

  #lending<Value>(result: Later<Value>): Later<Value> {
    if (!isPending(result)) return result
    this.#lent++
    whenOver(() => this.#lent--)
    return result
  }
}
