/**
 * What a registry asks of all that serve agents, be it one thread or many: to serve other agents, to carry out a
 * command, to say what was counted.
 *
 * @module
 */

import type { AgentCounts, HostedAgent } from '../agent.ts'
import type { Command } from './command.ts'

export interface CommandBus {
  /** What is served, with what commands have changed of it. */
  readonly agents: readonly HostedAgent[]
  /**
   * Serves `agents` and no others, everywhere. What is served already, by its revision, stays as it is. Agents that
   * were disabled or narrowed meanwhile stay so.
   *
   * @throws {MayflyError} why the first agent that cannot be served cannot; nothing has changed then
   */
  deploy(agents: readonly HostedAgent[]): Promise<void>
  /**
   * Has `command` carried out wherever agents are served, also by what begins to serve later and by what a deploy
   * under way brings.
   *
   * @param agents - what is served then. @default what is served now
   */
  send(command: Command, agents?: readonly HostedAgent[]): Promise<CommandOutcome>
  /** Counts of each agent, from each place that serves; one that does not answer in time is left out. */
  counts(): Promise<readonly AgentCounts[]>
}

/** What came of a command. */
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
