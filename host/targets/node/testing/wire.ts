/**
 * A client that sends raw bytes, and a reader for answers in bytes.
 *
 * @module
 */
import { connect, type Socket } from 'node:net'
import { expect, vi } from 'vitest'

const PATIENCE_MS = 10_000

/** A connection that sends raw bytes and keeps all bytes it gets. */
export class Wire implements Disposable {
  readonly socket: Socket
  received = ''
  ended = false

  /** @param url - of the server */
  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.socket = connect(Number(port), hostname)
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk) => (this.received += String(chunk)))
    this.socket.on('close', () => (this.ended = true))
    this.socket.on('error', () => (this.ended = true))
  }

  send(text: string): void {
    this.socket.write(text, 'latin1')
  }

  /** Waits until `pattern` has come, and returns all there is. */
  async until(pattern: RegExp): Promise<string> {
    const options = { timeout: PATIENCE_MS, interval: 5 }
    await vi.waitFor(() => expect(this.received).toMatch(pattern), options)
    return this.received
  }

  async closed(timeout: number = PATIENCE_MS): Promise<string> {
    await vi.waitFor(() => expect(this.ended).toBe(true), { timeout, interval: 5 })
    return this.received
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

/** A request of HTTP/1.1 with the host `a`. */
export function message(
  method: string,
  target: string,
  headers: readonly string[],
  body = '',
): string {
  return `${[`${method} ${target} HTTP/1.1`, 'Host: a', ...headers].join('\r\n')}\r\n\r\n${body}`
}

/** The final one. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 ([2-9]\d\d)/m.exec(answer)?.[1])
}

/** The body of an answer that came whole, without the lines that frame its chunks. */
export function bodyOf(answer: string): string {
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
  return /^transfer-encoding: chunked/im.test(answer)
    ? body.replace(/[0-9a-f]+\r\n(.*?)\r\n/gs, '$1')
    : body
}
