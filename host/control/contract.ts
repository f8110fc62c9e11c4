/**
 * The messages of the control plane, as JSON unless a type says otherwise: types only, for clients too.
 *
 * Each type names the requests under `/-/` that it belongs to. Fields are only ever added.
 *
 * @module
 */

import type { FunctionDescription } from '../../runtime/agents/index.ts'
import type { Limits } from '../../runtime/manifest/index.ts'

/** The answer to every refused request, with any status. */
export interface Refusal {
  /** The reason, and the remedy for the operator. */
  readonly error: string
  /** The remedy alone, where there is one: `error` ends with it. */
  readonly hint?: string
  /** The id that the host gave the request; empty on `control.sock` and `--control-port`. */
  readonly requestId: string
}

/** `GET health`. With status 503 when it is degraded. */
export interface HostHealth {
  readonly status: 'ok' | 'degraded'
  readonly agents: number
  readonly workers: { readonly ready: number; readonly wanted: number }
  readonly uptimeSeconds: number
  /** Why no request is recorded now, when the audit log cannot be written. */
  readonly audit?: string
}

/** The use of shared resources by an agent, and its refusals. */
export type AgentUse = {
  /** Invocations that run. */
  readonly running: number
  /** Invocations that wait for a place among the running ones. */
  readonly queued: number
  /** Invocations that found no place to wait either. */
  readonly refused: number
  /** Invocations of `queued` that wait for a place of the tenant. */
  readonly tenantQueued: number
  /** Invocations of `refused` that found no place to wait for one of the tenant. */
  readonly tenantRefused: number
  /** Slots that are lent to it. */
  readonly slots: number
  /** Invocations that run and wait for a slot. */
  readonly slotsWaiting: number
  /** Invocations that wait without a slot. */
  readonly waiting: number
  /** Bytes of the states of these. */
  readonly waitingBytes: number
  /** Invocations that kept their slots while they waited, because a bound was reached. */
  readonly waitingRefused: number
  /** Connections to other servers. */
  readonly sockets: number
  /** Requests to other servers that wait for a connection. */
  readonly socketsWaiting: number
  /** Requests that found no place to wait for a connection. */
  readonly socketsRefused: number
  /** Bytes of bodies that the host holds in memory. */
  readonly bodyBytes: number
  /** Bodies that were refused because too many bytes were held. */
  readonly bodiesRefused: number
}

/** `GET agents/NAME`: one agent, as the whole host sees it, with the counts of all workers added up. */
export interface AgentSummary extends AgentUse {
  readonly name: string
  /** The tenant that it belongs to by the policy of the host. */
  readonly tenant?: string
  /** The paths it answers: one, or all below one with `/*` at the end. */
  readonly route: string
  /** Names of hosts that are its alone, where it answers these paths. */
  readonly hosts: readonly string[]
  /** Whether it answers them beside other agents too, at all other names of the host. If not, and without `hosts`, it answers none. */
  readonly shared: boolean
  /** One sentence for people. */
  readonly description?: string
  /**
   * A command that shows it at work; `{url}` stands for an address of it.
   *
   * @default 'curl {url}'
   */
  readonly example?: string
  /** Of the component, `sha256:…`. */
  readonly digest: string
  /** Not known of agents that a program loads itself. */
  readonly componentBytes?: number
  /** The capabilities that its manifest grants, by name. */
  readonly capabilities: readonly string[]
  /** What these allow, a line for each power. */
  readonly powers: readonly string[]
  /** The bounds of one invocation, as they hold: with what the policy of the host lowers. */
  readonly limits: Limits
  /** Whether it refuses requests until it is enabled. */
  readonly disabled: boolean
  /** The token that the served version came with. Absent when the operator served it. */
  readonly deployedBy?: Deployer
  /** How many earlier versions it can be rolled back to. */
  readonly earlier: number
  /** Since the version that is served was deployed. */
  readonly invocations: number
  /** Invocations of these that neither completed nor were abandoned. */
  readonly failures: number
  /** Invocations of these whose client, or calling agent, left before it had its answer. */
  readonly abandoned: number
  /** Invocations under way. */
  readonly active: number
  /** How often its guests computed for a slice and let others have their turn. */
  readonly pauses: number
}

/** The token that a version of an agent came with. */
export interface Deployer {
  /** Its name. */
  readonly token: string
  /** The label of agents that it deploys. */
  readonly tenant?: string
}

/** `GET agents`. */
export interface AgentList {
  readonly agents: readonly AgentSummary[]
}

/** `GET approvals`. */
export interface ApprovalList {
  readonly approvals: readonly ApprovalSummary[]
}

/** The approved powers of an agent, and the remaining ones. */
export interface ApprovalSummary {
  readonly agent: string
  /** Digest of the component, `sha256:…`. */
  readonly component: string
  /** Hash of what the manifest grants and bounds, `sha256:…`. */
  readonly policy: string
  /** ISO 8601. */
  readonly approvedAt: string
  /** Whether grants were taken away since. */
  readonly narrowed: boolean
  /** What an operator has taken from this or an earlier version, and not given back. */
  readonly taken: readonly TakenSummary[]
  readonly disabled: boolean
}

/** A grant that was revoked or narrowed. */
export interface TakenSummary {
  /** Where it stood then: `kv.notes`. */
  readonly grant: string
  /** ISO 8601. */
  readonly at: string
  /** The fields that it kept. Absent when it was revoked. */
  readonly narrow?: Readonly<Record<string, unknown>>
}

/** `GET audit`. Refused with 404 when nothing is recorded. */
export interface AuditHeads {
  readonly heads: readonly AuditHead[]
}

/** How far a chain of the audit log has come. Kept elsewhere, it shows that the log was put back. */
export interface AuditHead {
  readonly file: string
  readonly sequence: number
  readonly hash: string
  readonly signature: string
}

/** The body of `POST agents/NAME/grants`: the grants to take away, or those to give back. */
export interface GrantsRequest {
  /**
   * Grants to end, by where they stand in `capabilities`: `kv.notes`, `http[0]`.
   *
   * @default none
   */
  readonly revoke?: readonly string[]
  /**
   * The fields that narrowed grants keep, by the same names: `{ "access": "read" }`.
   *
   * @default none
   */
  readonly narrow?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /**
   * Grants to give back, by where they stand now: `kv.notes`; `*` for all that were taken. Comes without the others.
   *
   * @default none
   */
  readonly restore?: readonly string[]
}

/** The result of `POST agents/NAME/grants` with `restore`. */
export interface RestoreResult {
  readonly agent: string
  /** Where the grants stand that came back. */
  readonly restored: readonly string[]
  /** Powers that came back. */
  readonly gained: readonly string[]
  /** Grants that stay revoked. */
  readonly revoked: readonly string[]
  /** Grants that stay narrowed. */
  readonly narrowed: readonly string[]
  /** Milliseconds until every worker served it. */
  readonly tookMs: number
}

/** The result of `POST agents/NAME/kill`, `disable`, `enable`, and of `grants` that takes away. */
export interface ChangeResult {
  readonly agent: string
  /** Invocations that were stopped. */
  readonly stopped: number
  /** Workers that have carried it out. */
  readonly workers: number
  /** Workers that have not applied the change yet; each does so before it runs this agent again. */
  readonly silent: number
  /** Workers that had to be ended. */
  readonly terminated: number
  /** Milliseconds until the last worker had carried it out. */
  readonly tookMs: number
}

/**
 * `POST agents` takes it, as a form.
 *
 * New capabilities are refused with 409, of `POST agents/NAME/rollback` too, unless the query has
 * `allowNewCapabilities`.
 */
export interface DeployForm {
  /** `agent.json`, at most 1 MiB. */
  readonly manifest: string | Blob
  /** The whole form is at most 64 MiB. */
  readonly component: Blob
  /**
   * Source map of the component, for stacks in the log: version 3 in JSON, with `file`. At most 2 MiB.
   *
   * @default none
   */
  readonly sourceMap?: string | Blob
  /**
   * The packed files of `assets` in `agent.json`: needed where it has them, and refused where it has none.
   *
   * @default none
   */
  readonly assets?: Blob
}

/** The result of `POST agents`, with 201 for a new agent, and of `POST agents/NAME/rollback`: the served version. */
export interface DeployResult {
  readonly agent: string
  /** Digest of the component, `sha256:…`. */
  readonly component: string
  /** Hash of what the manifest grants and bounds, `sha256:…`. */
  readonly policy: string
  /** Whether there was none of that name before. */
  readonly isNew: boolean
  /** Powers that the version before did not have. */
  readonly gained: readonly string[]
  /** Powers that it has lost. */
  readonly lost: readonly string[]
  /** Grants of it that stay revoked, by where they stand: an operator revoked them, or rules that they reach into. */
  readonly revoked: readonly string[]
  /** Grants of it that stay narrowed. */
  readonly narrowed: readonly string[]
  /** Grants with a lease whose uses are counted anew, as new capabilities were allowed. */
  readonly renewed: readonly string[]
  /** Milliseconds until every worker served it. */
  readonly tookMs: number
}

/**
 * The answer of `POST policy/check`, which takes an `agent.json` of at most 1 MiB: what this host would refuse of it.
 * Nothing is deployed.
 */
export interface PolicyCheck {
  readonly agent: string
  /** Whether this host has a policy. One without allows everything. */
  readonly hasPolicy: boolean
  /** The tenant that the agent would belong to. */
  readonly tenant?: string
  /** Any of these keeps the agent from being served. */
  readonly refused: readonly PolicyCheckLine[]
  /** Defaults that are above their ceilings, which take their place. */
  readonly lowered: readonly PolicyCheckLine[]
}

/** One value of an `agent.json` that the policy does not let stand. */
export interface PolicyCheckLine {
  /** Where it is in agent.json: `limits.deadlineMs`. */
  readonly place: string
  /** The value; absent where the manifest has none. */
  readonly value?: string | number
  /** The tenant whose part of the policy decided; absent when the part for all agents did. */
  readonly tenant?: string
  /** Where the policy says so: `tenants.team-a.limits.deadlineMs`. */
  readonly rule: string
  /** All of it in one line. */
  readonly text: string
}

/** `GET tokens`. */
export interface TokenList {
  readonly tokens: readonly TokenSummary[]
}

/** A scoped token, without its text, which the host does not keep. `DELETE tokens/NAME` answers with the one it revoked. */
export interface TokenSummary {
  readonly name: string
  /** What it is for: `read`, `call`, `deploy`, `operate`, `approve`. */
  readonly can: readonly string[]
  /** Patterns of names of agents. */
  readonly agents: readonly string[]
  /** Patterns of routes that deployed agents may take. */
  readonly routes: readonly string[]
  /** Patterns of host names that deployed agents may take. */
  readonly hosts: readonly string[]
  /** The label of agents that it deploys. */
  readonly tenant?: string
  /** ISO 8601. */
  readonly createdAt: string
  /** ISO 8601. It is refused from then on. */
  readonly expiresAt: string
  /** The day, `2026-11-29`. Absent when it was never used. */
  readonly lastUsed?: string
}

/** The body of `POST tokens`. */
export interface TokenRequest {
  /** Lower-case letters, digits and dashes. */
  readonly name: string
  readonly can: readonly string[]
  /** Patterns: `*` stands for any text. */
  readonly agents: readonly string[]
  /**
   * Patterns. A token that can deploy needs some.
   *
   * @default none
   */
  readonly routes?: readonly string[]
  /**
   * Patterns.
   *
   * @default none
   */
  readonly hosts?: readonly string[]
  /**
   * Letters, digits, dashes and dots.
   *
   * @default none
   */
  readonly tenant?: string
  /**
   * Hours or days that it is good for, `12h` or `30d`.
   *
   * @default '90d'
   */
  readonly expires?: string
}

/** The result of `POST tokens`, with 201. */
export interface NewToken extends TokenSummary {
  /** `mf_…`: what its holder sends as `Authorization: Bearer mf_…`. It is not kept. */
  readonly token: string
}

/** `GET functions`: agents that export some. */
export interface FunctionList {
  readonly agents: readonly AgentFunctions[]
}

/** `GET functions/AGENT`. `POST functions/AGENT/FUNCTION` takes arguments and answers with the result. */
export interface AgentFunctions {
  readonly agent: string
  readonly functions: readonly FunctionDescription[]
}

/** The answer of `POST functions/AGENT/FUNCTION` with status 422: the function returned its error. */
export interface FunctionFailure {
  readonly error: unknown
  readonly requestId: string
}
