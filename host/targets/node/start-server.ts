/**
 * Starts a host. What serves is loaded then, and not with the door of this folder: verbs that serve nothing use the rest of it.
 *
 * @module
 */
import type { MayflyServer, ServerOptions } from './server-interface.ts'

/**
 * Starts a host: worker threads that serve agents on one port, and the control plane under `/-/`.
 *
 * An agent that does not load is in `refused` and keeps none of the others from being served.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE when the port or the data directory cannot be used, or this Node is too old
 */
export async function startServer(options: ServerOptions): Promise<MayflyServer> {
  const { serve } = await import('./server.ts')
  return serve(options)
}
