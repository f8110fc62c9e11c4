/** The module that agents in TypeScript import: types, and the error they may catch. @module */
export {
  CAPABILITY_ERROR_CODES,
  CapabilityError,
  type Capability,
  type CapabilityErrorCode,
} from './capability-error.ts'
export { FunctionError } from './function-error.ts'
export {
  fn,
  type FunctionDefinition,
  type FunctionInput,
  type FunctionOutput,
  type FunctionSchema,
  type InputOf,
  type OutputOf,
  type PlainSchema,
  type StandardIssue,
  type StandardResult,
  type StandardSchema,
} from './functions.ts'
export type { Agent } from './agent.ts'
export type { Client } from './arrival.ts'
export type {
  Config,
  ConfigValues,
  Env,
  KvKeysOptions,
  KvPage,
  KvSetOptions,
  KvStore,
  KvStores,
  ReadableKvStore,
  StoreAccess,
} from './env.ts'
export type { Message, MessageBatch, RetryOptions, ScheduledEvent } from './events.ts'
export type { Queue, QueueNames, Queues, SendOptions } from './queues.ts'
export type { JsonValue, KvValue } from './stored-value.ts'
export type { BlobHandle, BlobResponse, Blobs } from './blobs.ts'
export type { Granted } from './granted.ts'
export type { ReadableSecret, Secrets, SecretTypes } from './extra/crypto/secrets.ts'
export type { ToolCallOptions, ToolName, Tools, ToolTypes, UntypedTool } from './tools.ts'
export type { Context } from './serve.ts'
