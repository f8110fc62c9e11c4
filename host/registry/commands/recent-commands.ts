/**
 * Commands where agents are served: carried out at once, and once more for agents that come later.
 *
 * A command is quicker than a deploy, so it may be carried out before the agents come that it is about.
 *
 * @module
 */

import { replaceGrants, type Agent } from '../../../runtime/agents/index.ts'
import type { Command } from './command.ts'

/** A served agent, and the version that it was loaded from. */
export interface RevisedAgent {
  readonly revision: string
  readonly agent: Agent
}

/**
 * @param agents - of all revisions: an old one may still be answering
 * @returns how many invocations were stopped
 */
export function carryOut(command: Command, agents: Iterable<Agent>): number {
  let stopped = 0
  for (const agent of agents) {
    if (agent.name !== command.agent) continue
    switch (command.kind) {
      case 'kill':
        stopped += agent.kill()
        break
      case 'disable':
        agent.disable(command.disabled)
        break
      case 'attenuate':
        replaceGrants(agent, command.capabilities, command.policy)
    }
  }
  return stopped
}

interface Numbered {
  readonly number: number
  readonly command: Command
}

export class RecentCommands {
  // Of each agent the last of a kind says all.
  readonly #last = new Map<string, Numbered>()

  /** @param number - how many commands were sent, this one included */
  note(number: number, command: Command): void {
    // A kill stops the running invocations; agents that come later have nothing to stop.
    if (command.kind !== 'kill')
      this.#last.set(`${command.kind} ${command.agent}`, { number, command })
  }

  /**
   * Repeats the commands after the first `before` ones, for agents of a deploy that was sent before those commands.
   */
  repeat(before: number, agents: readonly RevisedAgent[]): void {
    for (const { revision, agent } of agents) {
      for (const { number, command } of this.#last.values()) {
        if (number <= before || command.agent !== agent.name) continue
        if (command.kind === 'attenuate' && !isOfOneVersion(command.revision, revision)) continue
        if (command.kind === 'disable') agent.disable(command.disabled)
        else if (command.kind === 'attenuate')
          replaceGrants(agent, command.capabilities, command.policy)
      }
    }
  }
}

/** Whether the two are one version, apart from later attenuations. */
function isOfOneVersion(one: string, other: string): boolean {
  return one.split(' ', 1)[0] === other.split(' ', 1)[0]
}
