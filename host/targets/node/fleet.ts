/**
 * What the main thread does to agents: approves and deploys them, takes grants away, stops them. Each leaves
 * a record in the audit log.
 *
 * Longer than other files: all of it goes through one queue, one ledger and one log.
 *
 * @module
 */

import { hash } from 'node:crypto'
import type { AuditEvent, AuditSink } from '../../../runtime/audit/index.ts'
import type { PreparedAgent } from '../../../runtime/engine/index.ts'
import { isMayflyError, MayflyError } from '../../../runtime/errors/index.ts'
import { policyHash, policyText, type Manifest } from '../../../runtime/manifest/index.ts'
import {
  leaseNames,
  narrowCapabilities,
  parseNarrowing,
  type CapabilityDiff,
} from '../../../runtime/policy/index.ts'
import type { Controlled, ControlledAgents, Deployed, DeployOptions } from '../../control/index.ts'
import { AgentHistory, revisionOf } from './agent-history.ts'
import { hashesOf, type AgentLedger, type Approval } from './agent-ledger.ts'
import type { DeployedAgents } from './deployed-agents.ts'
import type { Loading } from './loading.ts'
import type { Logger } from './logger.ts'
import type { AgentBundle, HostedAgent } from './protocol.ts'
import type { OrderOutcome, WorkerGroup } from './worker-group.ts'
import type { RefusedAgent } from './worker-handle.ts'

// What a host that is killed forgets: uses of the last second.
const KEEP_USES_MS = 1_000

export interface FleetOptions {
  readonly ledger: AgentLedger
  readonly deployed: DeployedAgents
  readonly loading: Loading
  readonly audit: AuditSink | undefined
  readonly allowNewCapabilities: boolean
  readonly logger: Logger
}

/** The agents that may be served, and why the others may not. */
export interface Admitted {
  readonly hosted: readonly HostedAgent[]
  /** The place of each of `hosted` among those that were to be admitted. */
  readonly indices: readonly number[]
  readonly refused: readonly RefusedAgent[]
}

/** A version that loads. */
interface Loaded {
  readonly bundle: AgentBundle
  /** What it was loaded with. */
  readonly manifest: Manifest
  readonly prepared: PreparedAgent
}

export class Fleet implements ControlledAgents {
  readonly #options: FleetOptions
  /** Counts of uses, by agent and policy: a new version begins anew, a new worker does not. */
  readonly #uses = new Map<string, Int32Array<SharedArrayBuffer>>()
  readonly #timer: NodeJS.Timeout
  readonly #history = new AgentHistory()
  #group: WorkerGroup | undefined
  /** The swap that is under way: the next begins from what it leaves. */
  #swapping: Promise<unknown> = Promise.resolve()
  /** By agent, the deploy that is under way: the next waits for it, those of other agents do not. */
  readonly #deploying = new Map<string, Promise<unknown>>()

  constructor(options: FleetOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#keepUses(), KEEP_USES_MS).unref()
  }

  /** The workers, once there are some. */
  set group(group: WorkerGroup) {
    this.#group = group
  }

  /** These are versions to roll back to, if others of the same names are admitted. */
  remember(agents: readonly AgentBundle[]): void {
    for (const bundle of agents) this.#history.serve(bundle)
  }

  async admit(agents: readonly AgentBundle[]): Promise<Admitted> {
    const { allowNewCapabilities } = this.#options
    const hosted: HostedAgent[] = []
    const indices: number[] = []
    const refused: RefusedAgent[] = []
    // All at once: none waits for another that never ends to load.
    const loads = await Promise.allSettled(agents.map((bundle) => this.#load(bundle)))
    for (const [index, load] of loads.entries()) {
      const name = agents[index]?.manifest.name ?? ''
      try {
        if (load.status === 'rejected') throw load.reason
        const { hosted: admitted } = await this.#admitOne(load.value, allowNewCapabilities)
        this.#history.serve(load.value.bundle)
        hosted.push(admitted)
        indices.push(index)
      } catch (error) {
        if (!isMayflyError(error)) throw error
        refused.push({ index, name, error })
      }
    }
    return { hosted, indices, refused }
  }

  /** @throws {MayflyError} why the first that may not be served may not, or does not load */
  async deploy(agents: readonly AgentBundle[]): Promise<void> {
    const { hosted, refused } = await this.admit(agents)
    const [first] = refused
    if (first !== undefined) throw first.error
    await this.#oneSwapAtATime(async () => this.#group?.deploy(hosted))
  }

  deployVersion(
    { manifest, component }: Pick<AgentBundle, 'manifest' | 'component'>,
    options: DeployOptions,
  ): Promise<Deployed> {
    const bundle = { manifest, component, revision: revisionOf(manifest, component) }
    return this.#inTurn(manifest.name, async () => {
      const deployed = await this.#replace(bundle, 'deploy', options)
      this.#history.serve(bundle)
      this.#keep(manifest.name, () => this.#options.deployed.keep(bundle))
      return deployed
    })
  }

  rollBack(name: string, options: DeployOptions): Promise<Deployed | undefined> {
    return this.#inTurn(name, async () => {
      if (!this.#isServed(name)) return undefined
      const previous = this.#history.previous(name)
      if (previous === undefined) {
        throw new MayflyError('ERR_USAGE', `Cannot roll back agent "${name}": no earlier version`, {
          hint: 'Deploy the version there is to be: versions are known while the host runs',
        })
      }
      const deployed = await this.#replace(previous, 'rollback', options)
      this.#history.rolledBack(name)
      this.#keep(name, () => this.#options.deployed.keep(previous))
      return deployed
    })
  }

  /** How many versions of an agent there are to roll back to. */
  earlierVersions(name: string): number {
    return this.#history.count(name)
  }

  /** Nothing is served any more. */
  close(): void {
    clearInterval(this.#timer)
    this.#keepUses()
  }

  kill(name: string): Promise<Controlled | undefined> {
    return this.#control(name, async ({ group }) => {
      const outcome = await group.give({ kind: 'kill', agent: name })
      this.#record('kill', name, 'kill', outcome)
      return outcome
    })
  }

  disable(name: string, disabled: boolean): Promise<Controlled | undefined> {
    return this.#control(name, async ({ group }) => {
      const agents = group.agents.map((agent) =>
        agent.manifest.name === name ? { ...agent, disabled } : agent,
      )
      const outcome = await group.give({ kind: 'disable', agent: name, disabled }, agents)
      this.#record('state', name, disabled ? 'disable' : 'enable', outcome)
      this.#keep(name, () => this.#options.ledger.disable(name, disabled))
      return outcome
    })
  }

  narrow(name: string, request: unknown): Promise<Controlled | undefined> {
    return this.#control(name, async ({ group, agent }) => {
      const narrowing = parseNarrowing(request)
      const capabilities = narrowCapabilities(agent.manifest.capabilities, narrowing)
      const manifest = { ...agent.manifest, capabilities }
      // At once: a promise would have the workers wait for another thread.
      const policy = `sha256:${hash('sha256', policyText(manifest))}`
      // A worker that starts meanwhile sees another revision, and loads it.
      const narrowed = { ...agent, manifest, revision: `${agent.revision} ${policy}` }
      const outcome = await group.give(
        { kind: 'narrow', agent: name, revision: agent.revision, capabilities, policy },
        group.agents.map((each) => (each === agent ? narrowed : each)),
      )
      const rules = [...narrowing.revoke, ...Object.keys(narrowing.narrow)].join(' ')
      this.#record('grants', name, 'narrow', outcome, { policy, rule: rules })
      this.#keep(name, () => this.#options.ledger.narrow(name, capabilities))
      return outcome
    })
  }

  async #oneSwapAtATime<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#swapping.then(work)
    this.#swapping = result.catch(() => {})
    return result
  }

  /** The versions of an agent come in the order in which they were asked for. */
  async #inTurn<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    const result = (this.#deploying.get(name) ?? Promise.resolve()).then(work)
    const done = result.catch(() => {})
    this.#deploying.set(name, done)
    try {
      return await result
    } finally {
      if (this.#deploying.get(name) === done) this.#deploying.delete(name)
    }
  }

  #isServed(name: string): boolean {
    return this.#group?.agents.some(({ manifest }) => manifest.name === name) === true
  }

  /** Serves `bundle` in place of what has its name. */
  async #replace(bundle: AgentBundle, action: string, options: DeployOptions): Promise<Deployed> {
    const startedAt = performance.now()
    const { name } = bundle.manifest
    const version = await hashesOf(bundle)
    const record = { kind: 'deploy', agent: name, ...version, action, caller: 'control' } as const
    try {
      // Alone: what loads slowly, or never, is nobody else's business.
      const loaded = await this.#load(bundle)
      const { diff, isNew } = await this.#oneSwapAtATime(() => this.#swap(loaded, options))
      const tookMs = performance.now() - startedAt
      this.#options.audit?.append({ ...record, outcome: 'completed', durationMs: tookMs })
      const { gained = [], lost = [] } = diff ?? {}
      return { agent: name, ...version, isNew, gained, lost, tookMs }
    } catch (error) {
      const reason = isMayflyError(error) ? error.code : 'failed'
      this.#options.audit?.append({ ...record, outcome: 'refused', reason })
      throw error
    }
  }

  async #swap(
    loaded: Loaded,
    { allowNew }: DeployOptions,
  ): Promise<Pick<Approval, 'diff'> & Pick<Deployed, 'isNew'>> {
    const { name } = loaded.bundle.manifest
    const undo = this.#options.ledger.checkpoint(name)
    const { hosted, approval } = await this.#admitOne(loaded, allowNew)
    const isNew = !this.#isServed(name)
    const served = this.#group?.agents ?? []
    try {
      await this.#group?.deploy(
        isNew
          ? [...served, hosted]
          : served.map((agent) => (agent.manifest.name === name ? hosted : agent)),
      )
    } catch (error) {
      undo()
      throw error
    }
    return { diff: approval.diff, isNew }
  }

  /** @throws {MayflyError} why it does not load */
  async #load(bundle: AgentBundle): Promise<Loaded> {
    const { ledger, loading } = this.#options
    const same = this.#group?.agents.find(({ revision }) => revision === bundle.revision)
    if (same !== undefined) return { bundle, manifest: same.manifest, prepared: same.prepared }
    const capabilities = await ledger.leftOf(bundle)
    const manifest =
      capabilities === undefined ? bundle.manifest : { ...bundle.manifest, capabilities }
    const { component } = bundle
    return { bundle, manifest, prepared: await loading.prepare({ manifest, component }) }
  }

  async #admitOne(
    loaded: Loaded,
    allowNew: boolean,
  ): Promise<{ hosted: HostedAgent; approval: Approval }> {
    const { ledger, loading } = this.#options
    const { bundle } = loaded
    const { name } = bundle.manifest
    let approval: Approval
    try {
      approval = await ledger.approve({ ...bundle, imports: importsOf(loaded.prepared) }, allowNew)
    } catch (error) {
      const reason = isMayflyError(error) ? error.code : 'failed'
      this.#options.audit?.append({ kind: 'approval', agent: name, outcome: 'refused', reason })
      throw error
    }
    const { component, policy, diff } = approval
    if (diff !== undefined) this.#report(name, diff)
    this.#options.audit?.append({
      kind: 'approval',
      agent: name,
      component,
      policy,
      outcome: 'approved',
      ...(diff === undefined ? {} : { reason: `+${diff.gained.length} -${diff.lost.length}` }),
    })
    const capabilities = ledger.narrowed(name)
    const manifest =
      capabilities === undefined ? bundle.manifest : { ...bundle.manifest, capabilities }
    const revision =
      capabilities === undefined
        ? bundle.revision
        : `${bundle.revision} ${await policyHash(manifest)}`
    const key = `${name} ${component} ${policy}`
    const known = ledger.uses(name)
    const uses =
      this.#uses.get(key) ?? sharedCounts(leaseNames(bundle.manifest.capabilities).length, known)
    this.#uses.set(key, uses)
    const disabled = ledger.isDisabled(name)
    // What it was loaded with may have been narrowed since.
    const prepared =
      policyText(manifest) === policyText(loaded.manifest)
        ? loaded.prepared
        : await loading.prepare({ manifest, component: bundle.component })
    return { hosted: { ...bundle, manifest, revision, uses, disabled, prepared }, approval }
  }

  /** So that a host that starts again does not give leases a second time. */
  #keepUses(): void {
    for (const { manifest, uses } of this.#group?.agents ?? []) {
      this.#options.ledger.keepUses(manifest.name, [...uses])
    }
  }

  /** For the next start. After the workers have been told: what is kept can wait for them, not they for it. */
  #keep(agent: string, write: () => void): void {
    try {
      write()
    } catch (cause) {
      throw new MayflyError(
        'ERR_HOST_UNAVAILABLE',
        `Cannot keep what was changed of agent "${agent}": it holds until this host ends`,
        { cause, hint: 'Make room in the data directory, then ask again', facts: { agent } },
      )
    }
  }

  #report(agent: string, { gained, lost }: CapabilityDiff): void {
    for (const line of gained) {
      this.#options.logger.warn({ event: 'approval', agent }, `gains ${line}`)
    }
    for (const line of lost) {
      this.#options.logger.info({ event: 'approval', agent }, `loses ${line}`)
    }
  }

  async #control(
    name: string,
    act: (on: { group: WorkerGroup; agent: HostedAgent }) => Promise<OrderOutcome>,
  ): Promise<Controlled | undefined> {
    const group = this.#group
    const agent = group?.agents.find(({ manifest }) => manifest.name === name)
    if (group === undefined || agent === undefined) return undefined
    // Also while nothing can be recorded: all of it takes powers away, or is queued and recorded later.
    return { agent: name, ...(await act({ group, agent })) }
  }

  #record(
    kind: AuditEvent['kind'],
    agent: string,
    action: string,
    { stopped, tookMs, silent }: OrderOutcome,
    more: Partial<AuditEvent> = {},
  ): void {
    this.#options.audit?.append({
      kind,
      agent,
      action,
      caller: 'control',
      outcome: silent === 0 ? 'completed' : 'pending',
      count: stopped,
      durationMs: tookMs,
      ...more,
    })
  }
}

/** Interfaces that an agent cannot do without, and functions of its world. */
function importsOf({ plan, optional }: PreparedAgent): string[] {
  const used = plan.imports.filter((each) => each.used && !optional.has(each.interface))
  return [...new Set(used.map((each) => each.interface.replace(/@.*$/, '') || each.name))].sort()
}

function sharedCounts(count: number, known: readonly number[]): Int32Array<SharedArrayBuffer> {
  const counts = new Int32Array(new SharedArrayBuffer(4 * Math.max(1, count)))
  counts.set(known.slice(0, count))
  return counts
}
