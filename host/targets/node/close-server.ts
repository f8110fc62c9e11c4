/** Ends a server of the control plane. @module */

import type { Server } from 'node:http'

// Time for a client to read its answer, out of the five seconds that a host has to end after the last deadline.
const READING_MS = 4_000

/** Answers all requests that have arrived. Connections of clients that send or read too slowly are cut. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), READING_MS)
  await closed
  clearTimeout(timer)
}
