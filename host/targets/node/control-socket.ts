/**
 * The control plane on a socket file that the main thread listens on itself.
 *
 * Requests on the port arrive at a worker, and a worker that is busy with a guest passes them on only when the guest lets
 * go. This way in is always open. It needs no token: only the user who owns the file can connect.
 *
 * @module
 */

import { chmodSync, rmSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { isMainThread } from 'node:worker_threads'
import { closeServer } from './close-server.ts'
import { CONTROL_LIMITS, createHttpServer } from './http-server.ts'

export interface ControlSocket {
  /** Answers all requests that have arrived, then closes the socket. */
  close(): Promise<void>
}

/**
 * Listens until it is closed.
 *
 * @returns nothing when another host listens there, or the system has no such sockets
 */
export async function listenOnSocket(
  path: string,
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<ControlSocket | undefined> {
  if (await answers(path)) return undefined
  // The socket of a host that was killed.
  rmSync(path, { force: true })
  const server = createHttpServer({ fetch, limits: CONTROL_LIMITS })
  const listening = await new Promise<boolean>((settle) => {
    server.once('error', () => settle(false))
    server.once('listening', () => settle(true))
    // Node's types know servers of three protocols here; all listen alike.
    listenPrivately(server as Server, path)
  })
  if (!listening) return undefined
  return {
    close() {
      rmSync(path, { force: true })
      return closeServer(server)
    },
  }
}

/**
 * Only this user can connect, from the first moment: a mode that is set later comes after a client that waits for
 * the file.
 */
export function listenPrivately(server: Server, path: string): void {
  // The mask is that of the process, and only its main thread may change it.
  if (!isMainThread) {
    server.listen(path, () => chmodSync(path, 0o600))
    return
  }
  const before = process.umask(0o177)
  try {
    // Makes the file before it returns.
    server.listen(path)
  } finally {
    process.umask(before)
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(path, () => {
      socket.destroy()
      settle(true)
    })
    socket.once('error', () => settle(false))
  })
}
