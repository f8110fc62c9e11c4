/**
 * The processes of the groups of one thread.
 *
 * @module
 */

import type { SandboxSite } from '../../../../runtime/agents/index.ts'
import { isolation, type GroupEnd } from '../../../../runtime/isolation/index.ts'
import { startGroup } from './group-process.ts'
import type { GroupSettings } from './settings.ts'
import { UnreadBytes } from './unread-bytes.ts'
import type { Wall } from './wall.ts'

/** How guests are kept from the host. Plain data, for threads. */
export interface IsolationConfiguration {
  readonly wall: Wall
  /** Agents that the operator named at the start. */
  readonly local: readonly string[]
}

/**
 * Runs the guests of a thread that serves.
 *
 * @param groupOf - agents with the same one share a process
 */
export function groupSite(
  { wall }: Pick<IsolationConfiguration, 'wall'>,
  settings: Omit<GroupSettings, 'group'>,
  groupOf: (agent: string) => string,
  onEnd: (end: GroupEnd) => void,
): SandboxSite {
  const unread = new UnreadBytes()
  return isolation({
    groupOf,
    connect: (group, events) =>
      startGroup({ wall, unread, settings: settingsOf(group, settings) }, events),
    onEnd,
  })
}

/** Tries to load agents for a thread that only prepares them: each in a process that ends then. */
export function trialSite(
  { wall }: IsolationConfiguration,
  settings: Omit<GroupSettings, 'group'>,
): SandboxSite {
  const unread = new UnreadBytes()
  let trials = 0
  return isolation({
    groupOf: () => `trial ${++trials}`,
    connect: (group, events) =>
      startGroup({ wall, unread, settings: settingsOf(group, settings) }, events),
    // The load fails, and says why.
    onEnd: () => {},
  })
}

function settingsOf(group: string, settings: Omit<GroupSettings, 'group'>): string {
  return JSON.stringify({ group, ...settings } satisfies GroupSettings)
}
