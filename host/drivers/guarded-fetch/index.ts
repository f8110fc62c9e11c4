/** The default HTTP driver. @module */
export { networkOf, type AddressNetwork } from './address.ts'
export { guardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'
export { checkAddress, type ResolveName } from './dialer.ts'
export type { OwnEndpoint } from './own-endpoints.ts'
export type { SocketCrowd, SocketOptions } from './upstream-sockets.ts'
