/**
 * Runs something in the next turn of the event loop, where timers and sockets have been served.
 *
 * @module
 */

type Defer = (run: () => void) => void

/** Calls `run` in the next turn. */
export const nextLoopTurn: Defer = immediate() ?? byMessage()

/** Node, Deno and Bun have a queue for just this. */
function immediate(): Defer | undefined {
  const { setImmediate } = globalThis as { setImmediate?: Defer }
  return setImmediate
}

// A timer would wait for a millisecond, or four where it is nested.
function byMessage(): Defer {
  if (typeof MessageChannel === 'undefined') return (run) => void setTimeout(run, 0)
  const { port1, port2 } = new MessageChannel()
  const runs: (() => void)[] = []
  port1.onmessage = () => runs.shift()?.()
  return (run) => {
    runs.push(run)
    port2.postMessage(undefined)
  }
}
