/**
 * Tells a client that asks for it how long its call has been running.
 *
 * A function has no way to say how far it is: that would be one more import of every agent. But clients count the silence of a
 * call, and give up one that is silent for too long. So what they hear is the time.
 *
 * @module
 */

import type { ServerContext } from '@modelcontextprotocol/server'

// Shorter calls have no progress that a person could read. Clients wait for some seconds at least.
const EVERY_MS = 1_000

/** Tells until it is disposed of. Does nothing for a client that gave no token. */
export function progressOf({ mcpReq }: Pick<ServerContext, 'mcpReq'>): Disposable {
  const progressToken = mcpReq._meta?.progressToken
  if (progressToken === undefined) return { [Symbol.dispose]() {} }
  let seconds = 0
  const timer = setInterval(() => {
    seconds++
    const params = { progressToken, progress: seconds, message: `running for ${seconds} s` }
    // The client may have left: the call is stopped then.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {})
  }, EVERY_MS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
