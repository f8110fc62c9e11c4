/** The contract between the control plane and its host. @module */

import type { Manifest } from '../../runtime/manifest/index.ts'
import type { FoundToken, Principal } from './access/index.ts'
import type {
  AgentSummary,
  ApprovalSummary,
  AuditHead,
  ChangeResult,
  Deployer,
  DeployResult,
  HostHealth,
  PolicyCheck,
  NewToken,
  RestoreResult,
  TokenSummary,
} from './contract.ts'
import type { ControlLog } from './log-answer.ts'
import type { TailHub } from './tail/tail-hub.ts'
import type { PageLink, PageSession, StopResult, WorkerList } from './page-contract.ts'
import type { WantedToken } from './token-request.ts'
import type {
  MessageState,
  MessageSummary,
  QueueChange,
  QueueSummary,
  ScheduleRun,
  ScheduleSummary,
} from './trigger-contract.ts'
import type { VersionDiff, VersionSummary } from './version-contract.ts'

/** A version of an agent as it arrives. */
export interface DeployedVersion {
  readonly manifest: Manifest
  readonly component: Uint8Array<ArrayBuffer>
  /** Its source map. Not checked yet. */
  readonly sourceMapJson?: string
  /** Its packed assets, not checked yet. */
  readonly assetPack?: Uint8Array<ArrayBuffer>
}

export interface DeployOptions {
  /** Whether it may do more than the version before. */
  readonly allowNew: boolean
}

export interface RollBackOptions extends DeployOptions {
  /**
   * The beginning of a revision, or of the digest of a component.
   *
   * @default the version before the served one
   */
  readonly to?: string
}

/** How a version is checked for the holder of a token. */
export interface CheckOptions extends DeployOptions {
  /**
   * Whether the version would have its tools by the word of that holder alone: no version before has them, and no policy
   * of the host is about them.
   *
   * @default false
   */
  readonly addsTools?: boolean
}

/** On whose behalf agents are changed. */
export interface Order {
  /** As the audit log has it: `control` for the operator, `token:` and a name for the holder of a token. */
  readonly caller: string
  /** Absent for the operator, who may do all. */
  readonly token?: {
    readonly deployer: Deployer
    /** Whether it may serve a first version that has more than every agent has. */
    readonly mayApprove: boolean
    /** @throws {Error} for a version that its holder may not serve */
    check(manifest: Manifest, options: CheckOptions): void
  }
}

/** Changes to agents. Each returns `undefined` when there is no agent of that name. */
export interface AgentChanges {
  kill(name: string, order: Order): Promise<ChangeResult | undefined>
  disable(name: string, disabled: boolean, order: Order): Promise<ChangeResult | undefined>
  /** Disables every agent that is `wanted`, and stops what it runs, all at once. Nothing when none is. */
  stop(wanted: (name: string) => boolean, order: Order): Promise<StopResult | undefined>
  /** @throws {MayflyError} when the request is not understood, or would grant more */
  attenuate(name: string, request: unknown, order: Order): Promise<ChangeResult | undefined>
  /** @throws {MayflyError} when the request is not understood, or names a grant that nothing was taken from */
  restore(name: string, request: unknown, order: Order): Promise<RestoreResult | undefined>
  /**
   * Serves a version of an agent in place of the one before, if there is one.
   *
   * @throws {MayflyError} with the reason why it cannot be served; the version before is still served
   */
  deployVersion(
    version: DeployedVersion,
    options: DeployOptions,
    order: Order,
  ): Promise<DeployResult>
  /** @throws {MayflyError} also when there is no such version */
  rollBack(name: string, options: RollBackOptions, order: Order): Promise<DeployResult | undefined>
}

/** The scoped tokens of a host. */
export interface TokenKeeper {
  /** Finds a token by its text. */
  find(text: string): FoundToken | undefined
  list(): readonly TokenSummary[]
  /** @throws {MayflyError} ERR_USAGE when there is one of that name */
  create(wanted: WantedToken, order: Order): NewToken
  /** Returns the token as it was; `undefined` when there is none of that name. */
  revoke(name: string, order: Order): TokenSummary | undefined
}

/** The versions of agents that were served. Each returns `undefined` when there is no agent of that name. */
export interface VersionKeeper {
  /** The newest first. */
  versions(name: string): Promise<readonly VersionSummary[] | undefined>
  /** @throws {MayflyError} ERR_USAGE for a name of no version, or of several */
  diff(name: string, from: string, to: string): VersionDiff | undefined
}

/** Links to the page of the operator, and the pages that were opened by one. */
export interface PageKeeper {
  /** Makes a link. */
  link(): PageLink
  /** Takes the code of a link, which holds no longer then. */
  open(code: string): OpenedPage
  /** Finds a page by its token. */
  find(text: string): Extract<Principal, { state: 'page' }> | undefined
  /** Whether a page may go on. */
  holds(session: string): boolean
  end(session: string): void
  /** Returns server-sent events, until the client or the host ends or it is no longer allowed; nothing when too many follow. */
  follow(isAllowed: () => boolean): ReadableStream<Uint8Array> | undefined
}

/** What became of the code of a link. */
export type OpenedPage =
  | { readonly state: 'opened'; readonly session: PageSession }
  | { readonly state: 'unknown' }
  /** Wrong codes; one that is right is taken all the same. */
  | { readonly state: 'too many' }

/** The schedules of the served agents. */
export interface ScheduleKeeper {
  list(): readonly ScheduleSummary[]
  /** Runs one now; the first without `cron`. Nothing when there is none. */
  run(agent: string, cron: string | undefined, order: Order): Promise<ScheduleRun | undefined>
}

/** The queues of a host. */
export interface QueueKeeper {
  list(): Promise<readonly QueueSummary[]>
  peek(
    agent: string,
    queue: string,
    state: MessageState,
    limit: number,
  ): Promise<readonly MessageSummary[]>
  /** Delivers dead messages again: those with one of `ids`, or all. */
  retry(agent: string, queue: string, ids: Ids, order: Order): Promise<QueueChange>
  drop(agent: string, queue: string, ids: Ids, order: Order): Promise<QueueChange>
}

type Ids = readonly string[] | undefined

export interface HostState {
  health(): HostHealth
  agents(): Promise<readonly AgentSummary[]>
  approvals(): readonly ApprovalSummary[]
  /** Nothing when nothing is recorded. */
  auditHeads(): readonly AuditHead[] | undefined
  /** The threads that serve, and the memory of their process. Absent where there is one. */
  readonly workers?: () => WorkerList
  /** Of the process; nothing where the platform does not tell. */
  resources(): { readonly residentBytes: number; readonly cpuSeconds: number } | undefined
  readonly change: AgentChanges
  /** What the policy of the host says to a manifest. */
  checkPolicy(manifest: Manifest): PolicyCheck
  /** Absent where the program loads the agents. */
  readonly versions?: VersionKeeper
  /** Absent where agents are called for requests only. */
  readonly schedules?: ScheduleKeeper
  /** Absent where queues are in the memory of each worker. */
  readonly queues?: QueueKeeper
  /** Absent where no scoped tokens are kept. */
  readonly tokens?: TokenKeeper
  /** Live events. Absent where an answer without an end cannot be passed on. */
  readonly tail?: Pick<TailHub, 'listen'>
  /** The page of the operator. Absent where agents answer: none may share its origin. */
  readonly page?: PageKeeper
  /** Takes the log lines of changes, and of what tokens were refused. */
  readonly log?: ControlLog
}
