/** HTTP messages: the resources of `wasi:http/types`, and serving requests with them. @module */
export { codeNamed, httpFailed, refused, type ErrorCode } from './error-code.ts'
export {
  budgetOf,
  pairsOf,
  receivedFields,
  type Fields,
  type HeaderBudget,
  type SizeError,
} from './fields.ts'
export type { Result } from './future.ts'
export type { IncomingContent } from './incoming-body.ts'
export type { Connected, SentBody } from './outgoing-body.ts'
export { headOf, type OutgoingRequest, type RequestHead, type RequestOptions } from './request.ts'
export { FutureIncomingResponse, IncomingResponse } from './response.ts'
export { millis, timed } from './timeouts.ts'
export { toRequest } from './to-request.ts'
export { receivedBody } from './service/message-body.ts'
export { StreamedBody } from './service/sent-body.ts'
export { sentRequest, Request as ServiceRequest } from './service/request.ts'
export { Response as ServiceResponse } from './service/response.ts'
export { wasiHttpService } from './service/types.ts'
export { wasiHttpTypes } from './types.ts'
