/** Where the server with the key-value stores is. @module */

import type { OwnEndpoint } from '../../drivers/guarded-fetch/index.ts'

const REDIS_PORT = 6379

/** @param url - `redis://…` or `rediss://…` */
export function kvEndpoint(url: string): OwnEndpoint {
  const { hostname, port } = new URL(url)
  return {
    name: 'key-value server',
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? REDIS_PORT : Number(port),
  }
}
