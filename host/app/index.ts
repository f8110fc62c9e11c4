/** The data plane. @module */
export { checkHead, checkOpening, methodRefused, type HeadRefusal } from './check-head.ts'
export { createApp } from './app.ts'
export type {
  App,
  AppOptions,
  EncodedRequest,
  IndexClient,
  PlainRequest,
  RequestLine,
} from './app-interface.ts'
export { DevPages, type BuildFailure, type SourceLine } from './dev/index.ts'
export type { Connection, RequestEnvironment } from './connection.ts'
export { UNKNOWN_PASSAGE, type Passage } from './passage.ts'
export { FailureDetails } from './failure-details.ts'
export { hostName } from './host-name.ts'
export { requestId } from './request-id.ts'
export { servedAgent, type ServedAgent } from './served-agent.ts'
export { RequestRates, sharedRateCells, type RateCells } from './request-rates.ts'
export { RouteTable } from './route-table.ts'
export type { RouteMatch, Routes } from './routes.ts'
