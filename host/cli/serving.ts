/**
 * The common part of `start`, `serve` and `dev`: the options of a host, and its agents.
 *
 * @module
 */

import type { ParseArgsConfig } from 'node:util'
import { isMayflyError, MayflyError } from '../../runtime/errors/index.ts'
import { FEATURES, type Feature } from '../../runtime/manifest/index.ts'
import {
  AUDIT_MODES,
  INDEX_MODES,
  ISOLATION_LEVELS,
  LOG_THRESHOLDS,
  PROXY_FIELDS,
  type AgentBundle,
  type AuditMode,
  type IndexMode,
  type IsolationLevel,
  type LogThreshold,
  type ProxyField,
  type ServerOptions,
} from '../targets/node/index.ts'
import { warmUpAgent } from '../toolchain/index.ts'
import { bundleAgent } from './agent-bundle.ts'
import { BUILD_OPTIONS, BUILD_USAGE, buildOptions } from './build-options.ts'
import { DEFAULT_DATA_DIRECTORY } from './data-directory.ts'
import { ENV_OPTIONS, ENV_USAGE } from './env-files.ts'
import { kvUrl } from './kv-option.ts'
import { printError } from './print-error.ts'
import { readPolicy } from './read-policy.ts'
import type { ParsedArguments } from './verb.ts'

export const SERVING_OPTIONS: NonNullable<ParseArgsConfig['options']> = {
  host: { type: 'string' },
  port: { type: 'string', short: 'p' },
  'allow-host': { type: 'string', multiple: true },
  index: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'trusted-proxy': { type: 'string', multiple: true },
  'proxy-field': { type: 'string' },
  workers: { type: 'string' },
  isolate: { type: 'string' },
  'max-connections': { type: 'string' },
  'max-header-bytes': { type: 'string' },
  'request-timeout-ms': { type: 'string' },
  'idle-timeout-ms': { type: 'string' },
  'max-upstream-sockets': { type: 'string' },
  adaptive: { type: 'string' },
  data: { type: 'string' },
  kv: { type: 'string' },
  ...ENV_OPTIONS,
  'control-port': { type: 'string' },
  'control-host': { type: 'string' },
  'log-level': { type: 'string' },
  audit: { type: 'string' },
  'audit-key': { type: 'string' },
  'audit-segment-bytes': { type: 'string' },
  'audit-max-bytes': { type: 'string' },
  'allow-new-capabilities': { type: 'boolean' },
  ...BUILD_OPTIONS,
  'allow-feature': { type: 'string', multiple: true },
  policy: { type: 'string' },
}

export const SERVING_USAGE: string = `
  --host HOST         Address to listen on. Default: HOST, or 127.0.0.1
  -p, --port PORT     Port to listen on. Default: PORT, or 8787
  --allow-host NAME   On loopback agents answer to localhost and addresses of loopback only. Let them answer to
                      this name as well, which a proxy on this machine passes on. Several times for more; * for
                      any. Hosts of agents need none. Other addresses take every name. Default: none
  --index MODE        Where no agent answers /, list the agents there: local, for clients of this machine; on, for
                      all; or off. Behind a proxy on this machine that sends no X-Forwarded-For, all clients are
                      of this machine. Default: local
  --tls-cert FILE     Certificate in PEM, with those that lead to one that clients know: speak TLS on the port.
  --tls-key FILE      Its key. Both are read again when they change, and at SIGHUP. Default: connections are plain
  --trusted-proxy NET A proxy in front, by its address or network, such as 10.0.0.0/8: clients have the address, the
                      scheme and the path prefix that it passes on. Several times for more. Default: none; what
                      a request says of its client is left out, and agents get the other end of the connection
  --proxy-field NAME  The field in which these proxies name their clients: x-forwarded-for, or forwarded. They
                      must set it themselves. Default: x-forwarded-for
  --workers N         Threads that serve requests. Default: one a core; one with --isolate tenant
  --isolate LEVEL     none, or tenant: run the guests of each tenant in a process of their own, behind bwrap
                      where that is installed. Each worker has its own processes. Default: none
  --max-connections N Connections of each worker at once; one more gets 503. Default: 4096
  --max-header-bytes N
                      Bytes of the line and the headers of a request; more get 431. Default: 16384
  --request-timeout-ms N
                      Time in which a request must have come with its body; later it gets 408. The deadline of
                      its agent may be sooner. Default: 300000
  --idle-timeout-ms N Time a connection is kept without a request. Default: 5000
  --max-upstream-sockets N
                      Requests of agents in each worker that may hold a connection to another server at once: a
                      quarter of them for one agent, half for one origin. Others wait for their turn, and the
                      log says so. Default: 512
  --adaptive NAMES    Agents that are trusted to compute, separated by commas: they save a microsecond a call
                      and hold their thread when a call first takes longer than 2 ms. Default: none
  --data DIR          Directory of the stores of agents, for this user alone. Default: .mayfly/data
  --kv URL            Server with the key-value stores of agents, such as redis://127.0.0.1:6379.
                      Default: MAYFLY_KV, or files in the data directory
${ENV_USAGE}
  --control-port PORT Serve the page of the operator on this port, and everything under /-/, where no busy worker is in
                      the way; off for neither. Default: the port after that of the agents, or another when it is
                      in use, for the page and bearers of tokens only
  --control-host HOST Address of that port. Default: 127.0.0.1
  --log-level LEVEL   debug, info, warn, error or silent. Default: info
  --audit MODE        on, off, or required: refuse requests that cannot be recorded. Default: on
  --audit-key FILE    Ed25519 key that signs the audit log. Default: made beside the log
  --audit-segment-bytes N
                      Begin another file of the audit log at this size. Default: 67108864
  --audit-max-bytes N Remove the oldest files of the audit log above this size. Default: keep all
  --allow-new-capabilities
                      Approve agents that may do more than the version served before. What was revoked stays away
  --allow-feature F   Let agents use a part of WebAssembly that their agent.json asks for: gc or
                      shared-memory. Several times for both. Default: none
  --policy FILE       What agents may ask for in their agent.json, by limits, quotas, lists and tenants. One that
                      asks for more is not served. Its features take the place of --allow-feature.
                      Default: an agent.json may ask for anything
${BUILD_USAGE}

MAYFLY_TOKEN is the operator's bearer token for everything under /-/ but health. Without one, programs on this
machine may read there and call functions, and changes go over control.sock in the data directory, as mayfly control
does; addresses that others reach are open to scoped tokens only (mayfly token). MAYFLY_SECRET_NAME is the secret
NAME that http rules may put into headers; MAYFLY_SECRETS_FILE is a JSON file of mode 600 with more of them. Others are
found where mayfly secret has put them, in the data directory, under the key in MAYFLY_HOST_KEY_FILE or host.key; agents
that use one of those are served anew when it changes. A password for --kv stands in the URL of MAYFLY_KV, or in a file
of mode 600 that MAYFLY_KV_PASSWORD_FILE names.
`.slice(1)

/** Asked by workers before clients come. */
export const WARM_UP: NonNullable<ServerOptions['warmUp']> = {
  engine: 'quickjs',
  build: () => warmUpAgent(),
}

const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 8787
const HOST_NAME = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$/i
const MAX_WORKERS = 256
const MAX_SOCKETS = 1_000_000
// A few dozen records: less would be files rather than a log.
const MIN_AUDIT_SEGMENT_BYTES = 16_384

/** @throws {MayflyError} ERR_USAGE */
export function servingOptions({ values }: ParsedArguments): Omit<ServerOptions, 'agents'> {
  const port = text(values['port']) ?? process.env['PORT']
  const workers = text(values['workers'])
  const sockets = text(values['max-upstream-sockets'])
  const adaptive = text(values['adaptive'])
  const auditKey = text(values['audit-key'])
  const kv = kvUrl(text(values['kv']))
  const controlPort = text(values['control-port'])
  const controlHost = text(values['control-host'])
  const policy = text(values['policy'])
  const allowed = features(values['allow-feature'])
  if (policy !== undefined && allowed.length > 0) throw twice()
  // Not an option: other users of the machine see the arguments of a process.
  const token = text(process.env['MAYFLY_TOKEN'] || undefined)
  return {
    host: text(values['host']) ?? process.env['HOST'] ?? DEFAULT_HOST,
    port: port === undefined ? DEFAULT_PORT : integer('port', port, 0, 65_535),
    allowedHosts: hosts(values['allow-host']),
    index: indexMode(text(values['index']) ?? 'local'),
    ...tlsFiles(values),
    trustedProxies: texts(values['trusted-proxy']),
    proxyField: proxyField(text(values['proxy-field']) ?? 'x-forwarded-for'),
    ...(workers === undefined ? {} : { workers: integer('workers', workers, 1, MAX_WORKERS) }),
    http: httpLimits(values),
    ...(sockets === undefined
      ? {}
      : { maxUpstreamSockets: integer('max-upstream-sockets', sockets, 1, MAX_SOCKETS) }),
    ...(adaptive === undefined ? {} : { adaptive: adaptive.split(',') }),
    ...(token === undefined ? {} : { controlToken: token }),
    dataDirectory: text(values['data']) ?? DEFAULT_DATA_DIRECTORY,
    ...(kv === undefined ? {} : { kvUrl: kv }),
    ...(controlPort === 'off'
      ? {}
      : {
          controlPort:
            controlPort === undefined ? 'next' : integer('control-port', controlPort, 0, 65_535),
        }),
    ...(controlHost === undefined ? {} : { controlHost }),
    logLevel: logLevel(text(values['log-level']) ?? 'info'),
    audit: auditMode(text(values['audit']) ?? 'on'),
    ...(auditKey === undefined ? {} : { auditKey }),
    ...auditSizes(values),
    allowNewCapabilities: values['allow-new-capabilities'] === true,
    features: allowed,
    ...(policy === undefined ? {} : { policy: readPolicy(policy) }),
    isolate: isolationLevel(text(values['isolate']) ?? 'none'),
  }
}

/**
 * Returns the agents at `paths`. An agent that cannot be built does not keep the others from being served: it is left
 * out, and the reason is printed.
 *
 * @throws {MayflyError} ERR_USAGE; the only reason when there is one path
 */
export async function bundleAgents(
  paths: readonly string[],
  parsed: ParsedArguments,
): Promise<AgentBundle[]> {
  const options = buildOptions(parsed)
  const bundle = async (path: string): Promise<AgentBundle | undefined> => {
    try {
      return await bundleAgent(path, options)
    } catch (error) {
      if (isUsageError(error) || paths.length === 1) throw error
      printError(error)
      return undefined
    }
  }
  // All at once: shared parts, such as the engine, are made by the first agent that needs them, and the rest wait.
  const agents = await Promise.all(paths.map(bundle))
  return agents.filter((agent) => agent !== undefined)
}

function isUsageError(error: unknown): boolean {
  return isMayflyError(error) && error.code === 'ERR_USAGE'
}

function auditMode(value: string): AuditMode {
  const mode = AUDIT_MODES.find((known) => known === value)
  if (mode !== undefined) return mode
  throw new MayflyError('ERR_USAGE', `Cannot audit in mode "${value}": no such mode`, {
    hint: `Modes: ${AUDIT_MODES.join(', ')}`,
  })
}

function indexMode(value: string): IndexMode {
  const mode = INDEX_MODES.find((known) => known === value)
  if (mode !== undefined) return mode
  throw new MayflyError('ERR_USAGE', `Cannot list agents for "${value}": no such mode`, {
    hint: `Modes: ${INDEX_MODES.join(', ')}`,
  })
}

function tlsFiles(values: ParsedArguments['values']): Pick<ServerOptions, 'tls'> {
  const [cert, key] = [text(values['tls-cert']), text(values['tls-key'])]
  if (cert === undefined && key === undefined) return {}
  if (cert !== undefined && key !== undefined) return { tls: { cert, key } }
  throw new MayflyError(
    'ERR_USAGE',
    'Cannot serve over TLS: a certificate and its key are needed',
    {
      hint: 'Give both, --tls-cert FILE and --tls-key FILE',
    },
  )
}

function proxyField(value: string): ProxyField {
  const field = PROXY_FIELDS.find((known) => known === value.toLowerCase())
  if (field !== undefined) return field
  throw new MayflyError('ERR_USAGE', `Cannot read clients from "${value}": no such field`, {
    hint: `Fields: ${PROXY_FIELDS.join(', ')}`,
  })
}

function isolationLevel(value: string): IsolationLevel {
  const level = ISOLATION_LEVELS.find((known) => known === value)
  if (level !== undefined) return level
  throw new MayflyError('ERR_USAGE', `Cannot isolate "${value}": no such level`, {
    hint: `Levels: ${ISOLATION_LEVELS.join(', ')}`,
  })
}

/** Options with their names for the server, and the least and most values that make sense. */
const HTTP_OPTIONS = [
  ['max-connections', 'maxConnections', 1, 1_000_000],
  ['max-header-bytes', 'maxHeaderBytes', 1_024, 1_048_576],
  ['request-timeout-ms', 'requestTimeoutMs', 100, 86_400_000],
  ['idle-timeout-ms', 'idleTimeoutMs', 100, 86_400_000],
] as const

type HttpOption = (typeof HTTP_OPTIONS)[number][1]

function httpLimits(values: ParsedArguments['values']): Partial<Record<HttpOption, number>> {
  const limits: Partial<Record<HttpOption, number>> = {}
  for (const [option, name, least, most] of HTTP_OPTIONS) {
    const value = text(values[option])
    if (value !== undefined) limits[name] = integer(option, value, least, most)
  }
  return limits
}

function auditSizes(
  values: ParsedArguments['values'],
): Pick<ServerOptions, 'auditSegmentBytes' | 'auditMaxBytes'> {
  const segment = text(values['audit-segment-bytes'])
  const most = text(values['audit-max-bytes'])
  const size = (name: string, value: string): number =>
    integer(name, value, MIN_AUDIT_SEGMENT_BYTES, Number.MAX_SAFE_INTEGER)
  return {
    ...(segment === undefined ? {} : { auditSegmentBytes: size('audit-segment-bytes', segment) }),
    ...(most === undefined ? {} : { auditMaxBytes: size('audit-max-bytes', most) }),
  }
}

function logLevel(value: string): LogThreshold {
  const level = LOG_THRESHOLDS.find((threshold) => threshold === value)
  if (level !== undefined) return level
  throw new MayflyError('ERR_USAGE', `Cannot log at level "${value}": no such level`, {
    hint: `Levels: ${LOG_THRESHOLDS.join(', ')}`,
  })
}

function features(value: ParsedArguments['values'][string]): Feature[] {
  return texts(value).map((name) => {
    const feature = FEATURES.find((known) => known === name)
    if (feature !== undefined) return feature
    throw new MayflyError('ERR_USAGE', `Cannot allow feature "${name}": no such feature`, {
      hint: `Features: ${FEATURES.join(', ')}`,
    })
  })
}

function twice(): MayflyError {
  return new MayflyError(
    'ERR_USAGE',
    'Cannot use --allow-feature beside --policy: the policy has them',
    {
      hint: 'Write "features" into the policy file',
    },
  )
}

function hosts(value: ParsedArguments['values'][string]): string[] {
  return texts(value).map((name) => {
    if (name === '*' || HOST_NAME.test(name)) return name
    throw new MayflyError('ERR_USAGE', `Cannot allow host "${name}": not a name`, {
      hint: 'Give a name without scheme and port, such as agents.example.com',
    })
  })
}

function integer(name: string, value: string, least: number, most: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= least && number <= most) return number
  throw new MayflyError(
    'ERR_USAGE',
    `Cannot use ${name} "${value}": not a number from ${least} to ${most}`,
  )
}

/** Of an option that may be given several times. */
function texts(value: ParsedArguments['values'][string]): string[] {
  return [value].flat().filter((each) => typeof each === 'string')
}

function text(value: ParsedArguments['values'][string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}
