/** Mayfly on Node: worker threads behind one port. @module */
export { agentLog, createLogger, logInvocation, type Logger } from './logger.ts'
export { AUDIT_DIRECTORY, auditDirectory } from './open-audit.ts'
export type { HttpLimits } from './http-server.ts'
export { revisionOf } from './agent-history.ts'
export { ledgerFile } from './agent-ledger.ts'
export { controlSocket } from './control-socket.ts'
export { LOG_THRESHOLDS, type AgentBundle, type LogThreshold } from './protocol.ts'
export { checkPlatform } from './preflight.ts'
export type { RefusedAgent } from './worker-handle.ts'
export {
  AUDIT_MODES,
  startServer,
  type AuditMode,
  type MayflyServer,
  type ServerOptions,
} from './server.ts'
