/** Outbound HTTP by the `fetch` of Node, to the addresses a grant allows and no others. @module */
export {
  guardedFetch,
  type GuardedFetchOptions,
  type OwnEndpoint,
} from '../../drivers/guarded-fetch/index.ts'
