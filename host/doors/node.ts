/**
 * A whole host on Node, started from a program: worker threads behind one port, and the control plane. `mayfly serve` and
 * `mayfly start` start the same host.
 *
 * @module
 *
 * @example
 * ```ts
 * import { buildAgent } from 'mayfly/build'
 * import { agentBundle, startServer } from 'mayfly/node'
 *
 * const agents = [agentBundle(await buildAgent({ directory: 'my-agent' }))]
 * const server = await startServer({ agents, port: 0, workers: 1 })
 * const response = await fetch(`${server.url}/my-agent/`)
 * await server.close()
 * ```
 */
export {
  parsePolicy,
  policyFromObject,
  type AllowedSecret,
  type HostPolicy,
  type LimitName,
  type ParsePolicyOptions,
  type PolicyPart,
  type Tenant,
} from '../../runtime/host-policy/index.ts'
export {
  agentBundle,
  AUDIT_MODES,
  INDEX_MODES,
  ISOLATION_LEVELS,
  LOG_THRESHOLDS,
  PROXY_FIELDS,
  startServer,
  type AgentBundle,
  type AgentSource,
  type AuditMode,
  type BuildFailure,
  type Deployer,
  type IndexMode,
  type PageLink,
  type IsolationLevel,
  type HttpLimits,
  type LogThreshold,
  type MayflyServer,
  type ProxyField,
  type PackedMap,
  type RefusedAgent,
  type ServerOptions,
  type SourceLine,
  type TlsFiles,
  type WarmUpAgent,
} from '../targets/node/index.ts'
