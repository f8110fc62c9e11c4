/**
 * Commands to agents: kill, disable, attenuate. Each takes effect at once, beside a swap. Agents that the swap brings get
 * the same command before the command is answered. Each leaves a record in the audit log.
 *
 * @module
 */

import type { AuditEvent } from '../../runtime/audit/index.ts'
import { policyText, type Capabilities } from '../../runtime/manifest/index.ts'
import {
  attenuateCapabilities,
  changedPlaces,
  parseAttenuation,
  takenBy,
  withoutTaken,
  type TakenGrant,
} from '../../runtime/policy/index.ts'
import type { ChangeResult, Order, StopResult } from '../control/index.ts'
import { digestOf } from '../digest/index.ts'
import type { HostedAgent } from './agent.ts'
import { NOTHING_CAME, type CommandBus, type CommandOutcome } from './commands/index.ts'
import { keepChange, servedBy, type RegistryParts } from './registry-parts.ts'

/** Grants that were taken from the version before. */
interface TakenBefore {
  readonly taken: readonly TakenGrant[]
  /** What that version had left. */
  readonly held: Capabilities
  readonly rule: string
  readonly order: Order
}

export class CommandChanges {
  readonly #parts: RegistryParts

  constructor(parts: RegistryParts) {
    this.#parts = parts
  }

  kill(name: string, order: Order): Promise<ChangeResult | undefined> {
    return this.#change(name, async (bus) => {
      const outcome = await bus.send({ kind: 'kill', agent: name })
      this.#record(order, 'kill', name, 'kill', outcome)
      return outcome
    })
  }

  disable(name: string, disabled: boolean, order: Order): Promise<ChangeResult | undefined> {
    return this.#change(name, async (bus) => {
      const agents = bus.agents.map((agent) =>
        agent.manifest.name === name ? { ...agent, disabled } : agent,
      )
      const outcome = await bus.send({ kind: 'disable', agent: name, disabled }, agents)
      this.#record(order, 'state', name, disabled ? 'disable' : 'enable', outcome)
      // Another command may have been answered before this one: the last request holds.
      const now = servedBy(bus, name)?.disabled ?? disabled
      keepChange(name, () => this.#parts.ledger.disable(name, now))
      return outcome
    })
  }

  async stop(wanted: (name: string) => boolean, order: Order): Promise<StopResult | undefined> {
    const bus = this.#parts.bus()
    const served = (bus?.agents ?? []).filter(({ manifest }) => wanted(manifest.name))
    if (bus === undefined || served.length === 0) return undefined
    const names = served.filter(({ disabled }) => !disabled).map(({ manifest }) => manifest.name)
    const stopped = new Set(names)
    const agents = bus.agents.map((agent) =>
      stopped.has(agent.manifest.name) ? { ...agent, disabled: true } : agent,
    )
    // All of it is on its way before the first answer. Those that were disabled before may still run.
    const outcomes = await Promise.all([
      ...names.map((agent) => bus.send({ kind: 'disable', agent, disabled: true }, agents)),
      ...served.map(({ manifest }) => bus.send({ kind: 'kill', agent: manifest.name })),
    ])
    for (const [index, name] of names.entries())
      this.#record(order, 'state', name, 'disable', outcomes[index] ?? NOTHING_CAME)
    for (const [index, { manifest }] of served.entries())
      this.#record(
        order,
        'kill',
        manifest.name,
        'kill',
        outcomes[names.length + index] ?? NOTHING_CAME,
      )
    const isDisabled = (name: string): boolean => servedBy(bus, name)?.disabled ?? true
    keepChange(names.join(', '), () => this.#parts.ledger.disableAll(names.filter(isDisabled)))
    const most = (key: keyof CommandOutcome): number =>
      Math.max(...outcomes.map((outcome) => outcome[key]))
    return {
      agents: names,
      stopped: outcomes.reduce((sum, outcome) => sum + outcome.stopped, 0),
      workers: most('workers'),
      silent: most('silent'),
      terminated: most('terminated'),
      tookMs: most('tookMs'),
    }
  }

  attenuate(name: string, request: unknown, order: Order): Promise<ChangeResult | undefined> {
    const { queue, ledger } = this.#parts
    return this.#change(name, async (bus) => {
      const attenuation = parseAttenuation(request)
      const agent = servedBy(bus, name)
      if (agent === undefined) return NOTHING_CAME
      const now = Date.now()
      const taken = takenBy(agent.granted, attenuation, now)
      const leave = (capabilities: Capabilities): Capabilities => {
        const named = attenuateCapabilities(capabilities, attenuation, now)
        // Other rules may have given the same.
        return withoutTaken(named, taken, named).capabilities
      }
      const held = leave(agent.manifest.capabilities)
      const rule = [...attenuation.revoke, ...Object.keys(attenuation.narrow)].join(' ')
      const { outcome, revision } = await this.#leave(bus, agent, held, rule, order)
      // A version that takes its place meanwhile is narrowed here. A later version is narrowed before it is served.
      return queue.oneSwapAtATime(async () => {
        const served = servedBy(bus, name)
        const isOther = served !== undefined && !isLeftOf(served.revision, revision)
        const again = isOther
          ? await this.#takeAgain(bus, served, { taken, held, rule, order })
          : undefined
        // The approved version is the served one: a swap is whole, or has not begun.
        const leaveOfOther = (capabilities: Capabilities): Capabilities =>
          withoutTaken(capabilities, taken, held).capabilities
        keepChange(name, () => ledger.take(name, taken, isOther ? leaveOfOther : leave))
        return again === undefined ? outcome : both(outcome, again)
      })
    })
  }

  /** Takes from a later version what was taken from the one before. */
  async #takeAgain(
    bus: CommandBus,
    agent: HostedAgent,
    { taken, held, rule, order }: TakenBefore,
  ): Promise<CommandOutcome | undefined> {
    const { capabilities } = agent.manifest
    const left = withoutTaken(capabilities, taken, held).capabilities
    if (changedPlaces(capabilities, left).length === 0) return undefined
    return (await this.#leave(bus, agent, left, rule, order)).outcome
  }

  /** Leaves the agent that is served now only `capabilities`, in every place. */
  async #leave(
    bus: CommandBus,
    agent: HostedAgent,
    capabilities: Capabilities,
    rule: string,
    order: Order,
  ): Promise<{ readonly outcome: CommandOutcome; readonly revision: string }> {
    const { name } = agent.manifest
    const manifest = { ...agent.manifest, capabilities }
    // Synchronous: with a promise, the agent would keep its old grants until another thread has answered.
    const policy = digestOf(policyText(manifest))
    // A server that starts meanwhile sees another revision, and loads it.
    const narrowed = { ...agent, manifest, revision: `${agent.revision} ${policy}` }
    const outcome = await bus.send(
      { kind: 'attenuate', agent: name, revision: agent.revision, capabilities, policy },
      bus.agents.map((each) => (each === agent ? narrowed : each)),
    )
    this.#record(order, 'grants', name, 'narrow', outcome, { policy, rule })
    return { outcome, revision: narrowed.revision }
  }

  async #change(
    name: string,
    act: (bus: CommandBus) => Promise<CommandOutcome>,
  ): Promise<ChangeResult | undefined> {
    const bus = this.#parts.bus()
    if (bus === undefined || servedBy(bus, name) === undefined) return undefined
    // Also while nothing can be recorded: all of it takes powers away, or is queued and recorded later.
    return { agent: name, ...(await act(bus)) }
  }

  #record(
    { caller }: Order,
    kind: AuditEvent['kind'],
    agent: string,
    action: string,
    { stopped, tookMs, silent }: CommandOutcome,
    more: Partial<AuditEvent> = {},
  ): void {
    this.#parts.audit?.append({
      kind,
      agent,
      action,
      caller,
      outcome: silent === 0 ? 'completed' : 'pending',
      count: stopped,
      durationMs: tookMs,
      ...more,
    })
  }
}

/** Whether the one revision is the other, or that narrowed once more. */
function isLeftOf(revision: string, of: string): boolean {
  return revision === of || revision.startsWith(`${of} `)
}

/** Joins the outcomes of a command and of its repetition on a later version. */
function both(first: CommandOutcome, second: CommandOutcome): CommandOutcome {
  const { terminated, stopped, tookMs } = first
  return {
    ...second,
    terminated: second.terminated + terminated,
    stopped: second.stopped + stopped,
    tookMs: second.tookMs + tookMs,
  }
}
