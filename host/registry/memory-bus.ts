/**
 * Serves agents on the thread that it is made on: for platforms that have no other, and for tests.
 *
 * @module
 */

import type { Runtime } from '../../runtime/presets/index.ts'
import type { AgentCounts, HostedAgent } from './agent.ts'
import {
  carryOut,
  RecentCommands,
  withChanges,
  withStates,
  type Command,
  type CommandBus,
  type CommandOutcome,
} from './commands/index.ts'
import { Deployment } from './deployment.ts'

export class MemoryBus implements CommandBus, AsyncDisposable {
  /** The deployment that answers requests and calls. */
  readonly deployment: Deployment
  readonly #runtime: Runtime
  readonly #recent = new RecentCommands()
  #agents: readonly HostedAgent[] = []
  #sent = 0

  /** @param runtime - adopts the agents; to be closed after this */
  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.deployment = new Deployment(runtime, (before, agents) =>
      this.#recent.repeat(before, agents),
    )
  }

  get agents(): readonly HostedAgent[] {
    return this.#agents
  }

  async deploy(given: readonly HostedAgent[]): Promise<void> {
    const before = this.#agents
    const wanted = withStates(given, before)
    await this.deployment.deploy({ agents: wanted, commandsBefore: this.#sent })
    const next = withChanges(wanted, before, this.#agents)
    this.#agents = next
    // An agent that a command has changed meanwhile is a separate version.
    if (next !== wanted) await this.deployment.deploy({ agents: next, commandsBefore: this.#sent })
  }

  async send(
    command: Command,
    agents: readonly HostedAgent[] = this.#agents,
  ): Promise<CommandOutcome> {
    const startedAt = performance.now()
    this.#agents = agents
    this.#recent.note(++this.#sent, command)
    const stopped = carryOut(command, this.#runtime.agents)
    const tookMs = performance.now() - startedAt
    return { workers: 1, silent: 0, terminated: 0, stopped, tookMs }
  }

  async counts(): Promise<readonly AgentCounts[]> {
    return this.deployment.counts()
  }

  /** Ends serving, once all invocations under way have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#agents = []
    await this.deployment.close()
  }
}
