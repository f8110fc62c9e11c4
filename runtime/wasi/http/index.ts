/** HTTP messages, serving and sending. @module */
export { wasiHttp, type WasiHttpOptions } from './outgoing-handler.ts'
export { wasiHttpTypes } from './types.ts'
