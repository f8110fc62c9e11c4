/**
 * One connection of a load: sends a request, reads the response, sends the next. Connects again when it was closed.
 *
 * @module
 */

import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { BrokenResponse, ResponseReader } from './response-reader.ts'

/** Takes what happens on a connection. */
export interface ConnectionEvents {
  onResponse(status: number, milliseconds: number): void
  /** @param reason - the code of an error, or some words */
  onError(reason: string): void
}

export interface ConnectionOptions {
  readonly url: URL
  /** Sent in turn. */
  readonly requests: readonly Buffer[]
  /** The place of the first in `requests`. */
  readonly first: number
  readonly isHead: boolean
  readonly events: ConnectionEvents
}

// A server that refuses connections would else be asked a hundred thousand times a second.
const AGAIN_AFTER_MS = 100

export class LoadConnection implements Disposable {
  readonly #options: ConnectionOptions
  #next: number
  #socket: Socket | undefined
  #reader: ResponseReader
  #sentAt: number | undefined
  #readBefore = 0
  #sentBefore = 0
  #again: NodeJS.Timeout | undefined
  #isEnded = false

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#next = options.first
    this.#reader = new ResponseReader(options.isHead)
    this.#connect()
  }

  get bytesRead(): number {
    return this.#readBefore + (this.#socket?.bytesRead ?? 0)
  }

  get bytesSent(): number {
    return this.#sentBefore + (this.#socket?.bytesWritten ?? 0)
  }

  /** Breaks off a request that was sent before this time. */
  endSince(time: number): void {
    if (this.#sentAt !== undefined && this.#sentAt < time) this.#fail('time-out')
  }

  [Symbol.dispose](): void {
    this.#isEnded = true
    clearTimeout(this.#again)
    this.#leave()
  }

  #connect(): void {
    const { url, isHead } = this.#options
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const isSecure = url.protocol === 'https:'
    const port = Number(url.port || (isSecure ? 443 : 80))
    const socket = isSecure
      ? connectSecure({ host, port, servername: /[a-z]/i.test(host) ? host : '' })
      : connectPlain({ host, port })
    this.#socket = socket
    this.#reader = new ResponseReader(isHead)
    // A connection that does not come about is broken off as well.
    this.#sentAt = performance.now()
    socket.setNoDelay(true)
    socket.once(isSecure ? 'secureConnect' : 'connect', () => this.#send())
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (socket === this.#socket) this.#fail(error.code ?? error.message)
    })
    socket.on('close', () => {
      if (socket === this.#socket) this.#closed()
    })
  }

  #send(): void {
    const { requests } = this.#options
    const request = requests[this.#next++ % requests.length]
    this.#sentAt = performance.now()
    if (request !== undefined) this.#socket?.write(request)
  }

  #receive(bytes: Buffer): void {
    try {
      if (!this.#reader.read(bytes)) return
    } catch (error) {
      if (!(error instanceof BrokenResponse)) throw error
      return this.#fail(error.message)
    }
    this.#answered()
    if (this.#isEnded) return
    if (this.#reader.keepsOpen) return this.#send()
    this.#leave()
    this.#connect()
  }

  #answered(): void {
    if (this.#sentAt === undefined) return
    const milliseconds = performance.now() - this.#sentAt
    this.#sentAt = undefined
    this.#options.events.onResponse(this.#reader.status, milliseconds)
  }

  /** The server has closed the connection. */
  #closed(): void {
    if (!this.#reader.close()) return this.#fail('connection closed')
    this.#answered()
    this.#leave()
    if (!this.#isEnded) this.#connect()
  }

  #fail(reason: string): void {
    this.#leave()
    if (this.#isEnded) return
    this.#options.events.onError(reason)
    this.#again = setTimeout(() => this.#connect(), AGAIN_AFTER_MS)
  }

  #leave(): void {
    this.#readBefore = this.bytesRead
    this.#sentBefore = this.bytesSent
    const socket = this.#socket
    this.#socket = undefined
    this.#sentAt = undefined
    socket?.destroy()
  }
}
