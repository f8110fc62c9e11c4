/** The contract between the engine and its capabilities. @module */
export {
  emptyBudget,
  emptyHold,
  FairShare,
  type HeldBytes,
  type Budget,
  type BudgetName,
  type ShareUse,
} from '../meter/index.ts'
export type { AgentLink, AgentLinks, LinkMessage, LinkOutcome, LinkTarget } from './agent-link.ts'
export {
  Blob,
  BODIES_HINT,
  contentFor,
  contentOfBlob,
  keepAsBlob,
  openBlob,
  type BlobOptions,
} from './blob.ts'
export { BytePipe } from './byte-pipe.ts'
export type {
  Capability,
  CapabilityEvent,
  ConfigureContext,
  ConfiguredCapability,
  HostFunction,
  Imports,
  InvocationContext,
} from './contract.ts'
export { checkFinalStatus } from './final-status.ts'
export { GuestError } from './guest-error.ts'
export { HttpRefusal, type HttpDriver, type HttpDriverOptions, type Shared } from './http-driver.ts'
export { HttpGrant } from './http-grant.ts'
export { httpSender, type HttpSend, type HttpSenderContext } from './http-sender.ts'
export { pendingOf, PendingSet } from './pending.ts'
export { ProgramExit, type ByteSink, type Program } from './program.ts'
export type { Exchange, ExchangeContext, RequestHandler } from './request-handler.ts'
export type { Secret, SecretDriver } from './secret.ts'
export { hasTrailers, setTrailers, trailersOf } from './trailers.ts'
export type { AbortSource, WebHeaders, WebRequest } from './web-request.ts'
