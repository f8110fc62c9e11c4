/** The state of a host as a principal may see it. @module */

import { isSeen, type Principal } from './access/index.ts'
import type { HostState } from './host.ts'

/** The part of the state that lists agents. */
export type SeenState = Pick<HostState, 'agents' | 'approvals'> &
  Partial<Pick<HostState, 'health' | 'resources'>>

/** The holder of a token sees the agents of that token, and nothing of the host that they run on. */
export function scopedState(state: HostState, principal: Principal): SeenState {
  if (principal.state !== 'token') return state
  return {
    agents: async () => (await state.agents()).filter(({ name }) => isSeen(principal, name)),
    approvals: () => state.approvals().filter(({ agent }) => isSeen(principal, agent)),
  }
}
