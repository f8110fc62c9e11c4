/** Outbound HTTP by the `fetch` of Node, to the addresses a grant allows and no others. @module */
export {
  guardedFetch,
  type GuardedFetchOptions,
  type OwnEndpoint,
  type ResolveName,
  type SocketCrowd,
  type SocketOptions,
} from '../../drivers/guarded-fetch/index.ts'
