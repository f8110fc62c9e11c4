/** HTTP messages: the resources of `wasi:http/types`, and serving requests with them. @module */
export { httpFailed, refused, type ErrorCode } from './error-code.ts'
export { budgetOf, pairsOf, receivedFields } from './fields.ts'
export type { Result } from './future.ts'
export {
  abandon,
  connect,
  writtenBytes,
  type Connected,
  type OutgoingBody,
} from './outgoing-body.ts'
export { headOf, type OutgoingRequest, type RequestHead, type RequestOptions } from './request.ts'
export { FutureIncomingResponse, IncomingResponse } from './response.ts'
export { millis, timed } from './timeouts.ts'
export { toRequest } from './to-request.ts'
export { wasiHttpTypes } from './types.ts'
