/**
 * What the main thread does to agents: approves and deploys them, takes grants away, stops them. Each leaves
 * a record in the audit log.
 *
 * Longer than other files: all of it goes through one queue, one ledger and one log. A command takes effect at once,
 * beside a swap; what the swap brings is then given the same command before that is answered.
 *
 * @module
 */

import type { AuditEvent } from '../../../runtime/audit/index.ts'
import { isMayflyError, MayflyError } from '../../../runtime/errors/index.ts'
import { policyText } from '../../../runtime/manifest/index.ts'
import {
  attenuateCapabilities,
  parseAttenuation,
  type Attenuation,
} from '../../../runtime/policy/index.ts'
import type {
  ChangeResult,
  AgentChanges,
  DeployResult,
  DeployOptions,
} from '../../control/index.ts'
import { Admission, type AdmissionOptions, type Loaded } from './admission.ts'
import { digestOf } from '../../digest/index.ts'
import { AgentHistory, revisionOf } from './agent-history.ts'
import { hashesOf, type Approval } from './agent-ledger.ts'
import type { DeployedAgents } from './deployed-agents.ts'
import type { AgentBundle, HostedAgent } from './protocol.ts'
import type { CommandOutcome, WorkerGroup } from './worker-group.ts'
import type { RefusedAgent } from './worker-handle.ts'

// What a host that is killed forgets: uses of the last second.
const KEEP_USES_MS = 1_000

export interface FleetOptions extends AdmissionOptions {
  readonly deployed: DeployedAgents
  readonly allowNewCapabilities: boolean
}

/** The agents that may be served, and why the others may not. */
export interface Admitted {
  readonly hosted: readonly HostedAgent[]
  /** The place of each of `hosted` among those that were to be admitted. */
  readonly indices: readonly number[]
  readonly refused: readonly RefusedAgent[]
}

export class Fleet implements AgentChanges {
  readonly #options: FleetOptions
  readonly #timer: NodeJS.Timeout
  readonly #history = new AgentHistory()
  #group: WorkerGroup | undefined
  /** The swap that is under way: the next begins from what it leaves. */
  #swapping: Promise<unknown> = Promise.resolve()
  /** By agent, the deploy that is under way: the next waits for it, those of other agents do not. */
  readonly #deploying = new Map<string, Promise<unknown>>()

  /** By agent, what was narrowed since each deploy was asked for that has not ended. */
  readonly #attenuatedSince = new Map<string, Set<Attenuation[]>>()
  readonly #admission: Admission

  constructor(options: FleetOptions) {
    this.#options = options
    this.#admission = new Admission(options)
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
    return this.#admitLoaded(agents, await this.#loadAll(agents))
  }

  /** All at once: none waits for another that never ends to load. */
  #loadAll(agents: readonly AgentBundle[]): Promise<PromiseSettledResult<Loaded>[]> {
    return Promise.allSettled(agents.map((bundle) => this.#load(bundle)))
  }

  #load(bundle: AgentBundle): Promise<Loaded> {
    return this.#admission.load(bundle, this.#group?.agents ?? [])
  }

  async #admitLoaded(
    agents: readonly AgentBundle[],
    loads: readonly PromiseSettledResult<Loaded>[],
  ): Promise<Admitted> {
    const { allowNewCapabilities } = this.#options
    const hosted: HostedAgent[] = []
    const indices: number[] = []
    const refused: RefusedAgent[] = []
    for (const [index, load] of loads.entries()) {
      const name = agents[index]?.manifest.name ?? ''
      try {
        if (load.status === 'rejected') throw load.reason
        const { hosted: admitted } = await this.#admission.admit(load.value, allowNewCapabilities)
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
    const loads = await this.#loadAll(agents)
    await this.#oneSwapAtATime(async () => {
      const { hosted, refused } = await this.#admitLoaded(agents, loads)
      const [first] = refused
      if (first !== undefined) throw first.error
      await this.#group?.deploy(hosted)
    })
  }

  deployVersion(
    { manifest, component }: Pick<AgentBundle, 'manifest' | 'component'>,
    options: DeployOptions,
  ): Promise<DeployResult> {
    const bundle = { manifest, component, revision: revisionOf(manifest, component) }
    return this.#inTurn(manifest.name, async (since) => {
      const deployed = await this.#replace(bundle, 'deploy', options, since)
      this.#history.serve(bundle)
      this.#keep(manifest.name, () => this.#options.deployed.keep(bundle))
      return deployed
    })
  }

  rollBack(name: string, options: DeployOptions): Promise<DeployResult | undefined> {
    return this.#inTurn(name, async (since) => {
      if (!this.#isServed(name)) return undefined
      const previous = this.#history.previous(name)
      if (previous === undefined) {
        throw new MayflyError('ERR_USAGE', `Cannot roll back agent "${name}": no earlier version`, {
          hint: 'Deploy the version there is to be: versions are known while the host runs',
        })
      }
      const deployed = await this.#replace(previous, 'rollback', options, since)
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

  kill(name: string): Promise<ChangeResult | undefined> {
    return this.#control(name, async ({ group }) => {
      const outcome = await group.send({ kind: 'kill', agent: name })
      this.#record('kill', name, 'kill', outcome)
      return outcome
    })
  }

  disable(name: string, disabled: boolean): Promise<ChangeResult | undefined> {
    return this.#control(name, async ({ group }) => {
      const agents = group.agents.map((agent) =>
        agent.manifest.name === name ? { ...agent, disabled } : agent,
      )
      const outcome = await group.send({ kind: 'disable', agent: name, disabled }, agents)
      this.#record('state', name, disabled ? 'disable' : 'enable', outcome)
      // Another command may have been answered before this one: what was asked for last holds.
      const now = servedBy(group, name)?.disabled ?? disabled
      this.#keep(name, () => this.#options.ledger.disable(name, now))
      return outcome
    })
  }

  attenuate(name: string, request: unknown): Promise<ChangeResult | undefined> {
    return this.#control(name, async ({ group }) => {
      const attenuation = parseAttenuation(request)
      const { outcome, revision } = await this.#attenuateServed(group, name, attenuation)
      // A version that takes its place meanwhile is narrowed here, one that does so later before it is served.
      return this.#oneSwapAtATime(async () => {
        const served = servedBy(group, name)
        const isOther = served !== undefined && !isLeftOf(served.revision, revision)
        const again = isOther ? await this.#attenuateServed(group, name, attenuation) : undefined
        for (const since of this.#attenuatedSince.get(name) ?? []) since.push(attenuation)
        const left = servedBy(group, name)?.manifest.capabilities
        if (left !== undefined) this.#keep(name, () => this.#options.ledger.attenuate(name, left))
        return again === undefined ? outcome : both(outcome, again.outcome)
      })
    })
  }

  /** Narrows what is served now, on every worker. */
  async #attenuateServed(
    group: WorkerGroup,
    name: string,
    attenuation: Attenuation,
  ): Promise<{ outcome: CommandOutcome; revision: string | undefined }> {
    const agent = servedBy(group, name)
    if (agent === undefined)
      return {
        outcome: { workers: 0, silent: 0, terminated: 0, stopped: 0, tookMs: 0 },
        revision: undefined,
      }
    const capabilities = attenuateCapabilities(agent.manifest.capabilities, attenuation)
    const manifest = { ...agent.manifest, capabilities }
    // At once: a promise would have the workers wait for another thread.
    const policy = digestOf(policyText(manifest))
    // A worker that starts meanwhile sees another revision, and loads it.
    const narrowed = { ...agent, manifest, revision: `${agent.revision} ${policy}` }
    const outcome = await group.send(
      { kind: 'attenuate', agent: name, revision: agent.revision, capabilities, policy },
      group.agents.map((each) => (each === agent ? narrowed : each)),
    )
    const rules = [...attenuation.revoke, ...Object.keys(attenuation.narrow)].join(' ')
    this.#record('grants', name, 'narrow', outcome, { policy, rule: rules })
    return { outcome, revision: narrowed.revision }
  }

  async #oneSwapAtATime<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#swapping.then(work)
    this.#swapping = result.catch(() => {})
    return result
  }

  /** The versions of an agent come in the order in which they were asked for. */
  async #inTurn<Value>(
    name: string,
    work: (since: readonly Attenuation[]) => Promise<Value>,
  ): Promise<Value> {
    const since: Attenuation[] = []
    const all = this.#attenuatedSince.get(name) ?? new Set()
    this.#attenuatedSince.set(name, all.add(since))
    const result = (this.#deploying.get(name) ?? Promise.resolve()).then(() => work(since))
    const done = result.catch(() => {})
    this.#deploying.set(name, done)
    try {
      return await result
    } finally {
      all.delete(since)
      if (all.size === 0) this.#attenuatedSince.delete(name)
      if (this.#deploying.get(name) === done) this.#deploying.delete(name)
    }
  }

  #isServed(name: string): boolean {
    return this.#group?.agents.some(({ manifest }) => manifest.name === name) === true
  }

  /** Serves `bundle` in place of what has its name. */
  async #replace(
    bundle: AgentBundle,
    action: string,
    options: DeployOptions,
    since: readonly Attenuation[],
  ): Promise<DeployResult> {
    const startedAt = performance.now()
    const { name } = bundle.manifest
    const version = await hashesOf(bundle)
    const record = { kind: 'deploy', agent: name, ...version, action, caller: 'control' } as const
    try {
      // Alone: what loads slowly, or never, is nobody else's business.
      const loaded = await this.#load(bundle)
      const { diff, isNew } = await this.#oneSwapAtATime(() => this.#swap(loaded, options, since))
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
    since: readonly Attenuation[],
  ): Promise<Pick<Approval, 'diff'> & Pick<DeployResult, 'isNew'>> {
    const { name } = loaded.bundle.manifest
    const undo = this.#options.ledger.checkpoint(name)
    try {
      const { hosted, approval } = await this.#admission.admit(loaded, allowNew, since)
      const isNew = !this.#isServed(name)
      const served = this.#group?.agents ?? []
      await this.#group?.deploy(
        isNew
          ? [...served, hosted]
          : served.map((agent) => (agent.manifest.name === name ? hosted : agent)),
      )
      return { diff: approval.diff, isNew }
    } catch (error) {
      undo()
      throw error
    }
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

  async #control(
    name: string,
    act: (on: { group: WorkerGroup; agent: HostedAgent }) => Promise<CommandOutcome>,
  ): Promise<ChangeResult | undefined> {
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
    { stopped, tookMs, silent }: CommandOutcome,
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

function servedBy(group: WorkerGroup, name: string): HostedAgent | undefined {
  return group.agents.find(({ manifest }) => manifest.name === name)
}

/** Whether the one revision is the other, or that narrowed once more. */
function isLeftOf(revision: string, of: string | undefined): boolean {
  return revision === of || revision.startsWith(`${of} `)
}

/** What came of a command and, a version later, of the same. */
function both(first: CommandOutcome, second: CommandOutcome): CommandOutcome {
  const { terminated, stopped, tookMs } = first
  return {
    ...second,
    terminated: second.terminated + terminated,
    stopped: second.stopped + stopped,
    tookMs: second.tookMs + tookMs,
  }
}
