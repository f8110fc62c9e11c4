/** The ways into a component, and the ways of its answers out. @module */
export { requestBodyFunctions, REQUEST_BODY_INTERFACE, type ArrivingBody } from './arriving-body.ts'
export { callExport, callExportFor } from './call-export.ts'
export {
  AGENT_HANDLER,
  HANDLER_EXPORTS,
  interfaceOf,
  WASI_HTTP_HANDLER,
  WASI_HTTP_SERVICE,
  WASI_PROGRAM,
} from './exports.ts'
export { forward } from './forward.ts'
export { handlerFor } from './handler-for.ts'
export type { Handler } from './handler.ts'
export { linkFailure } from './link-answer.ts'
export { stopWith } from './link-message.ts'
export { limitExceeded, LIMITS, outcomeOf, statusOf, type Limit, type Outcome } from './outcome.ts'
export { refusalOf } from './refusal.ts'
export { tooManyBodies } from './body-errors.ts'
export { responseBodyFunctions, RESPONSE_BODY_INTERFACE, type BodySink } from './response-body.ts'
export type { ResponseRecord } from './response-record.ts'
export { runProgram, type ProgramOutcome, type RunOptions } from './run-program.ts'
export type { ReturnedCall, Runs, ServedInvocation } from './served-invocation.ts'
export { fieldOf, responseOf, toWebResponse, WholeAnswer, type Answer } from './whole-answer.ts'
