/**
 * Where the tools of one client come from, and who calls them: the agents of this process, or a host that is asked.
 *
 * @module
 */

import {
  callOfClient,
  functionsOf,
  type AgentFunctions,
  type CallableAgent,
  type FunctionCall,
} from '../../control/index.ts'

/** How a call ended, in what a client may read. */
export type ToolEnd =
  | { readonly state: 'returned'; readonly result: unknown }
  /** With the error that the function returned. */
  | { readonly state: 'failed'; readonly error: unknown }
  /** It did not run, or not to its end. */
  | { readonly state: 'refused'; readonly reason: string }

export interface ToolSource {
  /** Agents that export functions, as far as this client may see them. */
  agents(): readonly AgentFunctions[] | Promise<readonly AgentFunctions[]>
  /** What `agents` has said last, where to ask takes long. Others may have come since. */
  readonly known?: readonly AgentFunctions[] | undefined
  /** Calls a function that `agents` has named. It may be gone by now. */
  call(agent: string, functionName: string, input: unknown, call: FunctionCall): Promise<ToolEnd>
}

/** @param isSeen - of an agent, by its name */
export function toolsOfAgents(
  agents: readonly CallableAgent[],
  isSeen: (agent: string) => boolean,
): ToolSource {
  const seen = agents.filter(({ name }) => isSeen(name))
  return {
    agents: () => functionsOf(seen),
    async call(name, functionName, input, call) {
      const agent = seen.find((each) => each.name === name)
      if (agent === undefined) return { state: 'refused', reason: `no agent "${name}"` }
      const end = await callOfClient(agent, functionName, input, call)
      switch (end.state) {
        case 'returned':
        case 'failed':
          return end
        case 'mismatched':
          return { state: 'refused', reason: end.reason }
        case 'refused':
          return { state: 'refused', reason: await reasonIn(end.response) }
      }
    },
  }
}

/** The sentence of a refusal of the data plane, with the id to look for in the log. */
async function reasonIn(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const { error, requestId } = JSON.parse(text)
    return `${error} (request ${requestId})`
  } catch {
    return text
  }
}
