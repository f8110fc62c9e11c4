/**
 * The processes of the groups of one thread.
 *
 * @module
 */

import type { SandboxSite } from '../../../../runtime/agents/index.ts'
import { isolation, type GroupEnd } from '../../../../runtime/isolation/index.ts'
import { startGroup } from './group-process.ts'
import type { GroupSettings } from './settings.ts'
import type { Wall } from './wall.ts'

/** How guests are kept from the host. Plain data, for threads. */
export interface IsolationConfiguration {
  readonly wall: Wall
  /** Agents that share one group: those of the operator. Every other agent has its own. */
  readonly local: readonly string[]
}

/** The name of the group that agents of the operator share. */
export const LOCAL_GROUP = 'local'

/** Runs the guests of a thread that serves. */
export function groupSite(
  { wall, local }: IsolationConfiguration,
  settings: Omit<GroupSettings, 'group'>,
  onEnd: (end: GroupEnd) => void,
): SandboxSite {
  const shared = new Set(local)
  return isolation({
    groupOf: (agent) => (shared.has(agent) ? LOCAL_GROUP : `agent ${agent}`),
    connect: (group, events) => startGroup({ wall, settings: settingsOf(group, settings) }, events),
    onEnd,
  })
}

/** Tries to load agents for a thread that only prepares them: each in a process that ends then. */
export function trialSite(
  { wall }: IsolationConfiguration,
  settings: Omit<GroupSettings, 'group'>,
): SandboxSite {
  let trials = 0
  return isolation({
    groupOf: () => `trial ${++trials}`,
    connect: (group, events) => startGroup({ wall, settings: settingsOf(group, settings) }, events),
    // The load fails, and says why.
    onEnd: () => {},
  })
}

function settingsOf(group: string, settings: Omit<GroupSettings, 'group'>): string {
  return JSON.stringify({ group, ...settings } satisfies GroupSettings)
}
