/**
 * The life of a host that is started from a terminal or by a service manager: from its start to a signal.
 *
 * @module
 */
import { startServer, type MayflyServer, type ServerOptions } from '../targets/node/index.ts'
import { printError } from './print-error.ts'

const FAILED = 1
const PRIVATE_UMASK = 0o077
// A terminal interrupts a whole process group, and npm, one of the group, passes its own on as well.
const SAME_SIGNAL_MS = 500

/**
 * Serves until a signal. Then it answers the requests that have arrived and ends, within five seconds of their latest
 * deadline. A second signal ends it at once.
 *
 * @param onReady - may throw: then it ends
 */
export async function serveUntilSignal(
  options: ServerOptions,
  onReady: (server: MayflyServer) => void,
): Promise<number> {
  maskFiles()
  const signal = nextSignal()
  const interrupted = new AbortController()
  void signal.then(() => interrupted.abort())
  let server: MayflyServer
  try {
    server = await startServer({ ...options, signal: interrupted.signal })
  } catch (error) {
    if (interrupted.signal.aborted) return 0
    throw error
  }
  for (const { name, error } of server.refused) printError(error, `agent "${name}" is left out: `)
  if (server.agents.length === 0 && server.refused.length > 0) {
    await server.close()
    return FAILED
  }
  try {
    onReady(server)
    await signal
  } finally {
    await server.close()
  }
  return 0
}

/** From here on, files that any library writes are for this user only. Before the first worker: all threads share it. */
export function maskFiles(): void {
  process.umask(PRIVATE_UMASK)
}

/** Resolves at the first signal that ends a program. The second, a person's, ends it at once. */
export function nextSignal(): Promise<void> {
  let firstAt: number | undefined
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (firstAt !== undefined && performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(1)
        firstAt ??= performance.now()
        resolve()
      })
    }
  })
}
