/**
 * The tools of some agents, made once for each version of them: names need digests, and every call looks its name up.
 *
 * @module
 */

import type { AgentFunctions } from '../../control/index.ts'
import { toolsOf, type McpTool } from './tool.ts'

/** The tools of some agents. */
export interface ToolTable {
  /** By name, in order. */
  readonly tools: readonly McpTool[]
  /** Nothing when there is no such tool. */
  find(name: string): McpTool | undefined
}

// Clients whose tokens are for other agents see other tools.
const MAX_TABLES = 16

/** Keeps the tables that were asked for last. */
export class ToolTables {
  /** The last one first. */
  #kept: readonly Kept[] = []

  /** @param agents - with the lists that their versions keep: another list is another version */
  of(agents: readonly AgentFunctions[]): ToolTable {
    const known = this.#kept.find((each) => isSame(each.agents, agents))
    if (known !== undefined && known === this.#kept[0]) return known.table
    const kept = known ?? { agents, table: tableOf(agents) }
    this.#kept = [kept, ...this.#kept.filter((each) => each !== kept)].slice(0, MAX_TABLES)
    return kept.table
  }
}

interface Kept {
  readonly agents: readonly AgentFunctions[]
  readonly table: ToolTable
}

function isSame(one: readonly AgentFunctions[], other: readonly AgentFunctions[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ agent, functions }, index) => {
      const beside = other[index]
      return beside?.agent === agent && beside.functions === functions
    })
  )
}

function tableOf(agents: readonly AgentFunctions[]): ToolTable {
  const tools = toolsOf(agents)
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  return { tools, find: (name) => byName.get(name) }
}
