/**
 * Answers clients that speak plain HTTP to a port of TLS: without it they see a connection that closes.
 *
 * @module
 */
import type { Server, Socket } from 'node:net'

// https://www.rfc-editor.org/rfc/rfc8446#section-5.1: a record of a handshake, the first of every client
const HANDSHAKE = 0x16

/** What becomes of connections. */
export interface PlainOnTlsOptions {
  /** Milliseconds in which the first byte must have come. */
  readonly firstByteMs: number
  /** Answers a client that speaks no TLS, and closes. */
  onPlain(socket: Socket): void
}

/** Has `server`, which listens for TLS, look at the first byte of each connection. */
export function answerPlain(server: Server, { firstByteMs, onPlain }: PlainOnTlsOptions): void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), firstByteMs)
    socket.once('close', () => clearTimeout(timer))
    const drop = (): void => void socket.destroy()
    socket.on('error', drop)
    socket.once('readable', () => {
      clearTimeout(timer)
      const first = socket.read() as Buffer | null
      // The client has left without a word.
      if (first === null) return socket.destroy()
      if (first[0] !== HANDSHAKE) return onPlain(socket)
      socket.off('error', drop)
      // The connection of TLS takes what is there already.
      socket.unshift(first)
      for (const listener of listeners) listener.call(server, socket)
    })
  })
}
