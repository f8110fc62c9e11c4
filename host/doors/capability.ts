/**
 * The contract of capabilities and drivers, for their authors: types, the error a guest gets, conformance suites, and one
 * invocation to test with. Portable: Web APIs only.
 *
 * @module
 *
 * @example
 * ```ts
 * import { KV_CONFORMANCE } from 'mayfly/capability'
 * import { memoryKv } from 'mayfly/drivers/memory'
 * import { test } from 'node:test'
 *
 * // In the place of memoryKv, a driver of yours.
 * let now = 0
 * const subject = { open: () => memoryKv({ now: () => now }), pass: async (ms: number) => void (now += ms) }
 * for (const { name, run } of KV_CONFORMANCE) test(name, () => run(subject))
 * ```
 */
export {
  AUDIT_KINDS,
  type AuditEvent,
  type AuditKind,
  type AuditSink,
} from '../../runtime/audit/index.ts'
export {
  addToCounter,
  encodeCounter,
  fitsQuota,
  growthOf,
  type Awaitable,
  type KvChange,
  type KvChangeOutcome,
  type KvDriver,
  type KvEntry,
  type KvIncrementOutcome,
  type KvNamespace,
  type KvQuota,
  type KvRange,
  type KvUsage,
  type KvWriteOutcome,
} from '../../runtime/capabilities/kv/index.ts'
export {
  KEY_MS,
  type KeptMessage,
  type LeasedMessage,
  type LeaseOptions,
  type NewMessage,
  type QueueAddress,
  type QueueCounts,
  type QueueDriver,
  type QueueQuota,
  type SendOutcome,
  type Settlement,
} from '../../runtime/capabilities/queue/index.ts'
export {
  QUEUE_CONFORMANCE,
  type QueueConformanceCase,
  type QueueConformanceSubject,
} from '../../runtime/capabilities/queue/conformance.ts'
export {
  HttpRefusal,
  type HttpAsked,
  type HttpDriver,
  type HttpDriverOptions,
  type HttpReply,
  type Secret,
  type SecretDriver,
  type WebSocketAsked,
  type WebSocketChannel,
  type WebSocketDriver,
  type WebSocketEnd,
  type WebSocketListener,
  type WebSocketOptions,
} from '../../runtime/capabilities/http/index.ts'
export {
  WEBSOCKET_BEHAVIOURS,
  WEBSOCKET_CONFORMANCE,
  type WebSocketConformanceCase,
  type WebSocketConformanceSubject,
} from '../../runtime/capabilities/http/conformance.ts'
export {
  KV_CONFORMANCE,
  type KvConformanceCase,
  type KvConformanceSubject,
} from '../../runtime/capabilities/kv/conformance.ts'
export {
  LOG_LEVELS,
  type LogDriver,
  type LogLevel,
  type LogLine,
} from '../../runtime/capabilities/log/index.ts'
export {
  Budget,
  FairShare,
  HeldBytes,
  type BudgetLimits,
  type BudgetName,
  type Claim,
  type FairShareOptions,
  type HostWork,
  type ShareUse,
} from '../../runtime/meter/index.ts'
export {
  GuestError,
  ProgramExit,
  type AgentLink,
  type AgentLinks,
  type ByteSink,
  type Capability,
  type CapabilityEvent,
  type ConfigureContext,
  type ConfiguredModule,
  type Exchange,
  type ExchangeContext,
  type ForwardedRequest,
  type ForwardOutcome,
  type HostFunction,
  type HostModule,
  type Imports,
  type InvocationContext,
  type LinkFailure,
  type LinkMessage,
  type LinkOutcome,
  type LinkTarget,
  type Program,
  type RequestHandler,
  type Shared,
} from '../../runtime/host-module/index.ts'
export {
  configured,
  functionsOf,
  payloadOf,
  testInvocation,
  type TestFunctions,
  type TestInvocation,
} from '../../runtime/host-module/testing.ts'
export {
  fileError,
  type DirectoryNode,
  type FileArea,
  type FileErrorCode,
  type FileNode,
  type FileTimes,
  type FilesDriver,
  type KeptArea,
  type Node,
  type OpenAreaOptions,
} from '../../runtime/wasi/index.ts'
export {
  FILES_CONFORMANCE,
  type FilesConformanceCase,
  type MakeArea,
} from '../../runtime/wasi/filesystem/conformance.ts'
