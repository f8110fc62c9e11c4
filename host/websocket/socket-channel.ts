/**
 * A WebSocket of the package `ws` as a channel of the capability, whichever side has opened it.
 *
 * That package frames messages, checks UTF-8 and masks. Here is what it leaves to its user: finding out that the other side
 * has gone, and keeping what comes before anyone listens.
 *
 * @module
 */
import type { WebSocket } from 'ws'
import type {
  WebSocketChannel,
  WebSocketEnd,
  WebSocketListener,
} from '../../runtime/capabilities/http/index.ts'

export interface ChannelOptions {
  /** Milliseconds of silence, pings unanswered, after which the connection has broken off. */
  readonly idleMs: number
}

// The other side has so long to answer when the connection is closed.
const CLOSE_TIMEOUT_MS = 2_000
// Each takes an object: one byte a fragment would cost a hundred times the message. A large message in pieces of 4 KiB has fewer.
const MAX_FRAGMENTS = 1_024
const NO_CODE = 1005
const BROKEN_OFF = 1006
const TOO_LARGE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'

/** Options for both sides. Compressed messages are not taken: one of a few bytes could be a large one. */
export const SOCKET_OPTIONS: Readonly<Record<string, number | false>> = {
  perMessageDeflate: false,
  skipUTF8Validation: false,
  closeTimeout: CLOSE_TIMEOUT_MS,
  maxFragments: MAX_FRAGMENTS,
}

/** The package, which is loaded when the first WebSocket is opened: most hosts have none. */
export function loadWebSockets(): Promise<typeof import('ws')> {
  return import('ws')
}

/** The channel over `socket`, which was opened in this turn. */
export function socketChannel(socket: WebSocket, { idleMs }: ChannelOptions): WebSocketChannel {
  let listener: WebSocketListener | undefined
  /** What has come before anyone listens. */
  const early: ((listener: WebSocketListener) => void)[] = []
  let failure: WebSocketEnd | undefined
  let heardAt = performance.now()

  function deliver(event: (listener: WebSocketListener) => void): void {
    if (listener === undefined) early.push(event)
    else event(listener)
  }

  const hears = (): void => {
    heardAt = performance.now()
  }
  const timer = setInterval(() => {
    // What has come is not read: no one knows whether the other side has gone.
    if (socket.isPaused) return hears()
    const silentMs = performance.now() - heardAt
    if (silentMs < idleMs) return socket.ping()
    failure ??= { state: 'broken', hint: `Nothing came for ${idleMs} ms` }
    socket.terminate()
  }, idleMs / 2)
  timer.unref()

  socket.on('message', (data: Buffer, isBinary) => {
    hears()
    // Copied: a few bytes would keep all that came with them.
    const content = isBinary ? new Uint8Array(data) : data.toString()
    deliver((to) => to.message(content, data.length))
  })
  socket.on('ping', hears)
  socket.on('pong', hears)
  socket.on('error', (error: Error & { code?: string }) => {
    failure ??=
      error.code === TOO_LARGE
        ? { state: 'too-large' }
        : { state: 'broken', hint: `The connection broke off: ${error.message}` }
  })
  socket.on('close', (code, reason) => {
    clearInterval(timer)
    const end: WebSocketEnd =
      failure ??
      (code === BROKEN_OFF
        ? { state: 'broken', hint: 'The connection broke off' }
        : { state: 'closed', code, reason: reason.toString() })
    deliver((to) => to.ended(end))
  })
  socket.pause()

  return {
    protocol: socket.protocol,
    listen(made) {
      listener = made
      for (const event of early.splice(0)) event(made)
      socket.resume()
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    send: (content) =>
      new Promise((resolve) => {
        socket.send(content, { binary: typeof content !== 'string' }, () => resolve())
      }),
    close(code, reason) {
      if (code === NO_CODE) socket.close()
      else socket.close(code, reason)
    },
    abort: () => socket.terminate(),
  }
}
