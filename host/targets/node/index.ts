/** Mayfly on Node: worker threads behind one port. @module */
export type { Deployer, PageLink } from '../../control/index.ts'
export { auditDirectory, controlSocket } from '../../data-directory/index.ts'
export type { AgentBundle, RefusedAgent } from '../../registry/index.ts'
export { revisionOf } from '../../registry/revision/index.ts'
export { agentBundle, type AgentSource } from './agent-bundle.ts'
export { agentLog, createLogger, failureText, logInvocation, type Logger } from './logger.ts'
export type { PackedMap } from '../../source-maps/index.ts'
export { hostEnvironment } from './host-environment.ts'
export type { BuildFailure, SourceLine } from '../../app/index.ts'
export { PROXY_FIELDS, type ProxyField } from './forwarded-field.ts'
export { INDEX_MODES, type IndexMode } from './index-rule.ts'
export type { HttpLimits } from './http-server.ts'
export { LOG_THRESHOLDS, type LogThreshold } from './log-threshold.ts'
export { checkDirectory, checkPlatform } from './preflight.ts'
export { startServer } from './start-server.ts'
export {
  AUDIT_MODES,
  ISOLATION_LEVELS,
  type AuditMode,
  type IsolationLevel,
  type MayflyServer,
  type ServerOptions,
} from './server-interface.ts'
export type { TlsFiles } from './tls-files.ts'
export type { WarmUpAgent } from './warm-up.ts'
