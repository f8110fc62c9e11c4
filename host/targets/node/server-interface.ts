/** What a host on Node is started with, and what it offers while it serves. @module */
import type { HostPolicy } from '../../../runtime/host-policy/index.ts'
import type { Feature } from '../../../runtime/manifest/index.ts'
import type { BuildFailure } from '../../app/index.ts'
import type { PageLink } from '../../control/index.ts'
import type { AgentBundle, RefusedAgent } from '../../registry/index.ts'
import type { HttpLimits } from './http-server.ts'
import type { IndexMode } from './index-rule.ts'
import type { LogThreshold } from './log-threshold.ts'
import type { ProxyField } from './forwarded-field.ts'
import type { TlsFiles } from './tls-files.ts'
import type { WarmUpAgent } from './warm-up.ts'

/** Options of a host: its agents, its addresses, and rules for its clients. */
export interface ServerOptions {
  /** What is served at first, beside what was deployed to `dataDirectory` before. */
  agents: readonly AgentBundle[]
  /** @default '127.0.0.1' */
  host?: string
  /** @default 8787 */
  port?: number
  /**
   * Files of a certificate and its key: the port of the agents then speaks TLS, and HTTP/1.1 in it. They are read again when
   * they change, and at `SIGHUP`.
   *
   * @default none: connections are plain
   */
  tls?: TlsFiles
  /**
   * Names, without ports, that agents answer to beside those of loopback, where `host` is an address of loopback. They
   * exist because a website can make its own name resolve to this machine. `*` for all. On other addresses agents answer
   * to every name.
   *
   * @default none
   */
  allowedHosts?: readonly string[]
  /**
   * Which clients `/` lists the agents for, where none of them answers it: `local` for those of this machine, `on` for all.
   * Behind a proxy on this machine that does not say so in `X-Forwarded-For` or `Via`, all clients are of this machine.
   *
   * @default 'local'
   */
  index?: IndexMode
  /**
   * Networks of proxies in front of this host, such as `10.0.0.0/8`, and single addresses. A request that comes from one
   * has the client that the proxy names in `proxyField`, the scheme of `X-Forwarded-Proto` (or `Forwarded`), and the path
   * of `X-Forwarded-Prefix` before its own.
   *
   * @default none: the client is the other end of the connection, and what a request says of it is left out
   */
  trustedProxies?: readonly string[]
  /**
   * The field in which trusted proxies name their clients. They must set this one: another is passed on as a client has
   * sent it.
   *
   * @default 'x-forwarded-for'
   */
  proxyField?: ProxyField
  /**
   * Threads that serve requests. Where the system does not spread connections over sockets (macOS, Windows) there is always
   * one. Where guests are isolated, each has its own process for each group.
   *
   * @default one a core; one where guests are isolated
   */
  workers?: number
  /**
   * Bounds on the clients of each worker: connections, bytes of headers, time.
   *
   * @default `HTTP_LIMITS`
   */
  http?: Partial<HttpLimits>
  /** Connections of each worker to other servers: a quarter for one agent, half for one origin. @default 512 */
  maxUpstreamSockets?: number
  /**
   * Agents, by name, that are trusted to compute. They are entered plainly, which is a microsecond quicker, until one call
   * takes longer than its slice of 2 ms. That call blocks its worker until its deadline.
   *
   * @default none: every agent that computes lets others have their turn
   */
  adaptive?: readonly string[]
  /**
   * Where SQLite files are.
   *
   * @default none: stores are gone with the process, and each worker has its own
   */
  dataDirectory?: string
  /**
   * A server with the key-value stores of agents, `redis://…` or `rediss://…`. May hold user and password.
   *
   * @default none: they are files in `dataDirectory`
   */
  kvUrl?: string
  /**
   * Variables that manifests may name, beside those of the process, which win. They do not enter its environment.
   *
   * @default none
   */
  variables?: Readonly<Record<string, string>>
  /**
   * Port on which the main thread itself serves the control plane, and the page of the operator. Workers serve the port of
   * the data plane, and a busy worker passes requests on late. 0 lets the system choose. `next` is the one after `port`, or
   * another when that is in use, and takes no request without a token.
   *
   * @default none
   */
  controlPort?: number | 'next'
  /** @default '127.0.0.1' */
  controlHost?: string
  /**
   * The bearer token of the operator. Once it is set, clients of the control plane must send it, or a scoped token, for
   * everything but health.
   *
   * @default none: on loopback, clients without a token may read and call functions, and change nothing; any other
   *   address is open to scoped tokens only. `control.sock` in the data directory needs no token
   */
  controlToken?: string
  /** @default 'info' */
  logLevel?: LogThreshold
  /**
   * Whether actions of agents are recorded in `audit` of the data directory. With `required`, requests are refused while
   * they cannot be recorded.
   *
   * @default 'on'
   */
  audit?: AuditMode
  /**
   * File of the Ed25519 key that signs the audit log.
   *
   * @default one in the directory of the log, made when it is not there
   */
  auditKey?: string
  /**
   * Bytes a file of the audit log may grow to before the next is begun.
   *
   * @default 67_108_864, or a sixteenth of `auditMaxBytes` if that is less
   */
  auditSegmentBytes?: number
  /**
   * Bytes the files of the audit log may take together: the oldest are removed then, and that is recorded.
   *
   * @default none: all of it is kept
   */
  auditMaxBytes?: number
  /**
   * Whether versions of agents that may do more than the one before are served.
   *
   * @default false
   */
  allowNewCapabilities?: boolean
  /**
   * Aborting it while the server starts ends that: it is rejected. Later it does nothing.
   *
   * @default none
   */
  signal?: AbortSignal
  /**
   * Whether an answer with status 500 or above says why the agent failed, with its stack. For a host whose clients are the
   * author of its agents: it holds only where `host` is an address of loopback.
   *
   * @default false
   */
  showFailures?: boolean
  /**
   * Features of WebAssembly that agents may use if their manifest asks for them.
   *
   * @default none
   */
  features?: readonly Feature[]
  /**
   * Where guests run: with `none` on the threads that serve, with `tenant` in processes, one for each group of agents.
   *
   * @default 'none'
   */
  isolate?: IsolationLevel
  /**
   * What agents may ask for in their manifests: one that asks for more is not served. Its `features` take the place of
   * `features` here.
   *
   * @default none: a manifest may ask for anything
   */
  policy?: HostPolicy
  /**
   * An agent of the host's own. When the host starts with agents of its engine, each worker asks it a few hundred
   * times in the background, so that the first clients find the engine compiled. It has no grants.
   *
   * @default none
   */
  warmUp?: WarmUpAgent
}

/** Levels of isolation beside that of WebAssembly. */
export const ISOLATION_LEVELS = ['none', 'tenant'] as const
/** A level of isolation beside that of WebAssembly. */
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number]

/** Whether actions of agents are recorded: `required` refuses requests while they cannot be recorded. */
export const AUDIT_MODES = ['on', 'required', 'off'] as const
/** Whether actions of agents are recorded. */
export type AuditMode = (typeof AUDIT_MODES)[number]

/** A host that serves. */
export interface MayflyServer {
  /** Where agents answer: `http://127.0.0.1:8787`, `https:` with a certificate. */
  readonly url: string
  /** Where the control plane is that no guest can hold up, when there is to be one. */
  readonly controlUrl: string | undefined
  /** Makes a link that opens the page of the operator once, within ten minutes; nothing without a control port. */
  pageLink(): PageLink | undefined
  /** What stands between guests and this machine beside WebAssembly: `bwrap`, or why it is less; nothing with `none`. */
  readonly wall: string | undefined
  /** The agents that are served now. */
  readonly agents: readonly AgentBundle[]
  /** The agents that did not load when it started, and why. The others are served. */
  readonly refused: readonly RefusedAgent[]
  /**
   * Makes `agents` the ones that are served. Each worker changes all its agents at once.
   *
   * @throws {MayflyError} the error of the first agent that does not load; nothing has changed then
   */
  deploy(agents: readonly AgentBundle[]): Promise<void>
  /**
   * Shows these failed builds to browsers that open a page of their agents, and has such pages load again. Only a host with
   * `showFailures` has such pages.
   */
  showBuilds(failures: readonly BuildFailure[]): void
  /** Changes how much is logged from now on. */
  setLogLevel(level: LogThreshold): void
  /**
   * Answers all requests that have arrived, then ends all threads, within five seconds of the latest deadline under way.
   * Clients and guests cannot delay it.
   *
   * @param options - `withinMs` bounds it further: what takes longer breaks off. Default: none
   */
  close(options?: { readonly withinMs?: number }): Promise<void>
}
