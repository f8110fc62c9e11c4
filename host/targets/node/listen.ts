/**
 * Binds a server to its port; an error names the obstacle.
 *
 * @module
 */

import type { Server } from 'node:net'
import { MayflyError } from '../../../runtime/errors/index.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 for one the system chooses. */
  readonly port: number
  /** Lets several servers of this user accept on the port; the kernel spreads connections over them. */
  readonly reusePort: boolean
  /**
   * Options of the command line for the address.
   *
   * @default '--port and --host, or PORT and HOST'
   */
  readonly options?: string
}

/**
 * @returns the port
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
export function listen(
  server: Server,
  { host, port, reusePort, options = '--port and --host, or PORT and HOST' }: ListenOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new MayflyError(
          'ERR_HOST_UNAVAILABLE',
          `Cannot listen on ${host}:${port}: ${REASONS[error.code ?? ''] ?? error.message}`,
          { cause: error, hint: `Choose another with ${options}` },
        ),
      )
    })
    server.listen({ host, port, reusePort }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EADDRNOTAVAIL: 'the address is not one of this machine',
  EACCES: 'this user may not use the port',
}
