/**
 * The messages between the main thread and its workers.
 *
 * Everything is plain data. Requests carry a number that their answer repeats.
 *
 * @module
 */

import type { PreparedAgent } from '../../../runtime/agents/index.ts'
import type { HostPolicy } from '../../../runtime/host-policy/index.ts'
import type { Feature, Manifest } from '../../../runtime/manifest/index.ts'
import type { EncodedMayflyError } from '../../../runtime/errors/index.ts'
import type { BuildFailure, RateCells } from '../../app/index.ts'
import type { Access, FoundToken, TailEvent } from '../../control/index.ts'
import type { OwnEndpoint } from '../../drivers/guarded-fetch/index.ts'
import type { AgentBundle, AgentCounts, AgentsToServe } from '../../registry/index.ts'
import type { ScheduleKey } from '../../triggers/schedule/index.ts'
import type { HttpLimits } from './http-server.ts'
import type { IndexMode } from './index-rule.ts'
import type { IsolationConfiguration } from './isolation/index.ts'
import type { LogThreshold } from './log-threshold.ts'
import type { AuditSettings } from './open-audit.ts'
import type { CommandChannel } from './command-channel.ts'
import type { TailCell } from './tail-feed.ts'
import type { PulseLine } from './pulse.ts'
import type { TlsPair } from './tls-files.ts'
import type { TrustedProxyOptions } from './trusted-proxies.ts'

/** The configuration of the runtimes of all threads. */
export interface RuntimeConfiguration {
  /** Where SQLite files are; absent for stores that are gone with the process. */
  readonly dataDirectory?: string
  /** Of a server with the stores; absent for files. May hold a password. */
  readonly kvUrl?: string
  /** Beside the environment of the process, for what manifests name. May hold secrets. */
  readonly variables?: Readonly<Record<string, string>>
  readonly logLevel: LogThreshold
  /** Parts of WebAssembly that agents may use that ask for them. */
  readonly features: readonly Feature[]
  /** Absent where guests run on the threads that serve. */
  readonly isolation?: IsolationConfiguration
  /** Says which agents share a bound on what runs at once, and which may read secrets. Absent when the host has none. */
  readonly policy?: HostPolicy
}

/** The configuration of a thread that loads agents. */
export interface LoaderConfiguration extends RuntimeConfiguration {
  readonly pulse: PulseLine
}

/** The configuration of a worker. */
export interface WorkerConfiguration extends RuntimeConfiguration {
  readonly host: string
  readonly port: number
  /** Whether other workers accept on the port as well. */
  readonly reusePort: boolean
  /** Names in requests that agents answer to, beside those of loopback. Absent when they answer to every name. */
  readonly allowedHosts?: readonly string[]
  /** Which clients `/` lists the agents for. */
  readonly index: IndexMode
  /** Absent where connections are plain. The key is a secret. */
  readonly tls?: TlsPair
  /** Proxies that say who the client is. Absent when there are none. */
  readonly proxies?: TrustedProxyOptions
  /** How many requests clients have sent: all workers count together. */
  readonly rates: RateCells
  /** Clients are the author of the agents, and hear why these fail. */
  readonly showFailures?: true
  /** Bounds on the clients of this worker. */
  readonly http: HttpLimits
  /** Addresses of this host that no agent may dial. */
  readonly ownEndpoints: readonly OwnEndpoint[]
  /** Connections of this worker to other servers. */
  readonly maxUpstreamSockets: number
  /** Agents that are entered plainly until one call outruns its slice. */
  readonly adaptive: readonly string[]
  /** The access rule for calls of exported functions. */
  readonly access: Access
  /** Absent when nothing is recorded. */
  readonly audit?: AuditSettings
  /** Unlike that of any other worker of this host. */
  readonly writer: string
  readonly commands: CommandChannel
  /** Whether clients follow the events of this host. */
  readonly tail: TailCell
  readonly pulse: PulseLine
}

/** A control-plane request on its way to another thread, and its answer on its way back. */
export interface ControlRequest {
  readonly method: string
  readonly url: string
  readonly headers: [string, string][]
  readonly body: Uint8Array<ArrayBuffer> | undefined
}

export interface ControlResponse {
  readonly status: number
  readonly headers: [string, string][]
  readonly body: Uint8Array<ArrayBuffer>
}

/** An agent that a worker could not load, and why. */
export interface EncodedRefusal {
  /** Its place among the agents of the configuration: two may have one name. */
  readonly index: number
  readonly name: string
  readonly error: EncodedMayflyError
}

/** An agent of the host's own. */
export interface WarmUp {
  readonly manifest: Manifest
  readonly prepared: PreparedAgent
}

export type ToWorker =
  /** Load these, then accept connections. */
  | ({ readonly kind: 'start' } & AgentsToServe)
  | ({ readonly kind: 'deploy'; readonly call: number } & AgentsToServe)
  | { readonly kind: 'stats'; readonly call: number }
  /** Call this agent for the run of a schedule. */
  | ({ readonly kind: 'run-schedule'; readonly call: number; readonly time: number } & ScheduleKey)
  /** How the last builds went: `seen` names this state. */
  | { readonly kind: 'builds'; readonly failures: readonly BuildFailure[]; readonly seen: string }
  | { readonly kind: 'log-level'; readonly level: LogThreshold }
  /** Connections from now on have this certificate. */
  | { readonly kind: 'tls'; readonly pair: TlsPair }
  /** Ask this agent for a while, between the requests of clients. */
  | ({ readonly kind: 'warm-up' } & WarmUp)
  | { readonly kind: 'control-response'; readonly call: number; readonly response: ControlResponse }
  /** Nothing when there is no such token. */
  | { readonly kind: 'token-found'; readonly call: number; readonly found: FoundToken | undefined }
  /** Answer a request of this user for the exported functions. */
  | { readonly kind: 'functions'; readonly call: number; readonly request: ControlRequest }
  /** The client of such a request has left. */
  | { readonly kind: 'functions-left'; readonly call: number }
  | { readonly kind: 'close' }

export type ToMain =
  /** Accepts connections, and serves all but the agents it refused. */
  | { readonly kind: 'ready'; readonly refused: readonly EncodedRefusal[] }
  | { readonly kind: 'failed'; readonly error: EncodedMayflyError }
  | { readonly kind: 'deployed'; readonly call: number; readonly error?: EncodedMayflyError }
  | { readonly kind: 'stats'; readonly call: number; readonly agents: readonly AgentCounts[] }
  | { readonly kind: 'functions'; readonly call: number; readonly response: ControlResponse }
  | { readonly kind: 'schedule-ran'; readonly call: number; readonly error?: EncodedMayflyError }
  | { readonly kind: 'control-request'; readonly call: number; readonly request: ControlRequest }
  /** The main thread keeps the tokens: one that it has revoked holds nowhere. */
  | { readonly kind: 'find-token'; readonly call: number; readonly text: string }
  /** Events, and how many were left out after them. */
  | { readonly kind: 'tail'; readonly events: readonly TailEvent[]; readonly lost: number }
  /** Accepts no more connections; requests under way may last this long. */
  | { readonly kind: 'closing'; readonly leftMs: number }
  /** Every request is answered and every agent unloaded. */
  | { readonly kind: 'closed' }

/** Load this. One at a time. */
export interface ToLoader extends Pick<AgentBundle, 'manifest' | 'component'> {
  /** Refuse it unless an agent with its code was loaded before. */
  readonly onlyIfKnown?: true
}

export type FromLoader =
  /** The thread runs. */
  | { readonly kind: 'up' }
  | { readonly kind: 'prepared'; readonly prepared: PreparedAgent }
  | { readonly kind: 'refused'; readonly error: EncodedMayflyError }
