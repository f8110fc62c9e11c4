/**
 * The messages of the control plane for the page of the operator: types only, as `contract.ts`. The command line and the
 * page have them in common.
 *
 * @module
 */

import type { AgentSummary, HostHealth } from './contract.ts'
import type { TailEvent } from './tail/tail-event.ts'

/** `POST page/links`: opens the page once. */
export interface PageLink {
  /** With a code behind the `#`, which browsers send to no server. */
  readonly url: string
  /** ISO 8601. */
  readonly expiresAt: string
}

/** The body of `POST page/session`. */
export interface PageCode {
  /** Of a link. It holds once. */
  readonly code: string
}

/** The result of `POST page/session`. `DELETE page/session` ends it. */
export interface PageSession {
  /** `mfp_…`: what the page sends as `Authorization: Bearer mfp_…`. It is not kept. */
  readonly token: string
  /** ISO 8601. */
  readonly expiresAt: string
}

/** The result of `POST stop`, and of `POST agents/NAME/stop`: these agents refuse requests until they are enabled. */
export interface StopResult {
  /** Names of the agents that were stopped. Others were disabled before. */
  readonly agents: readonly string[]
  /** Invocations that were stopped. */
  readonly stopped: number
  /** Workers that have carried it out. */
  readonly workers: number
  /** Workers that have not applied it yet; each does so before it runs these agents again. */
  readonly silent: number
  /** Workers that had to be ended. */
  readonly terminated: number
  /** Milliseconds until the last worker had carried it out. */
  readonly tookMs: number
}

/** `GET workers`. */
export interface WorkerList {
  readonly workers: readonly WorkerSummary[]
  readonly memory: MemorySummary
}

/** A thread that serves. */
export interface WorkerSummary {
  readonly name: string
  /** `busy`: a guest computes, or the thread hangs. Requests to it wait. */
  readonly state: 'ready' | 'busy' | 'starting'
  /** Milliseconds since its event loop last turned. */
  readonly silentMs: number
  /** The share of the last second or so that it had work for, from 0 to 1. */
  readonly load: number
}

/** Memory of the process of the host. */
export interface MemorySummary {
  readonly residentBytes: number
  /** Of the machine, or what a container is given. */
  readonly totalBytes: number
}

/** Names of the events of `GET page/events`. */
export const PAGE_EVENTS = ['state', 'findings', 'recent'] as const

/** The event `state` of `GET page/events`: all of the host, every few seconds. */
export interface PageState extends WorkerList {
  /** Where agents answer. */
  readonly url: string
  /** Of Mayfly. */
  readonly version: string
  readonly health: HostHealth
  readonly agents: readonly AgentSummary[]
}

/** The event `findings`: what an operator may want to change. The latest come first, each once. */
export interface PageFindings {
  readonly denials: readonly Finding<'denied'>[]
  readonly failures: readonly Finding<'failed'>[]
}

/** Something that happened once or more often, as it last did. */
export type Finding<Kind extends 'denied' | 'failed'> = Extract<TailEvent, { kind: Kind }> & {
  readonly count: number
}

/** The event `recent`: what has happened since the last one. */
export interface PageRecent {
  readonly requests: readonly Extract<TailEvent, { kind: 'request' }>[]
  readonly logs: readonly Extract<TailEvent, { kind: 'log' }>[]
  /** Events that came faster than a person reads. */
  readonly lost: number
}
