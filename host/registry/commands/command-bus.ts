/**
 * The contract between a registry and the servers of agents, one thread or many: serve other agents, carry out a command,
 * report counts.
 *
 * @module
 */

import type { AgentCounts, HostedAgent } from '../agent.ts'
import type { Command } from './command.ts'

export interface CommandBus {
  /** The served agents, with changes by commands. */
  readonly agents: readonly HostedAgent[]
  /**
   * Serves `agents` and no others, everywhere. An agent that is served already, by its revision, stays unchanged. Agents
   * that were disabled or narrowed meanwhile stay so.
   *
   * @throws {MayflyError} with the reason why the first agent cannot be served; nothing has changed then
   */
  deploy(agents: readonly HostedAgent[]): Promise<void>
  /**
   * Carries `command` out in every place that serves agents, also in places that start later, and on agents that a deploy
   * under way brings.
   *
   * @param agents - the agents served afterwards. @default the agents served now
   */
  send(command: Command, agents?: readonly HostedAgent[]): Promise<CommandOutcome>
  /** Counts of each agent, from each place that serves. A place that does not answer in time is left out. */
  counts(): Promise<readonly AgentCounts[]>
}

/** The outcome of a command. */
export interface CommandOutcome {
  /** How many places carried it out. */
  readonly workers: number
  /** How many have not yet: they will, before anything else of the agent happens there. */
  readonly silent: number
  /** How many had to be ended. */
  readonly terminated: number
  /** Invocations that were stopped. */
  readonly stopped: number
  /** Until the last place had carried it out. */
  readonly tookMs: number
}

/** Of a command to nothing. */
export const NOTHING_CAME: CommandOutcome = {
  workers: 0,
  silent: 0,
  terminated: 0,
  stopped: 0,
  tookMs: 0,
}
