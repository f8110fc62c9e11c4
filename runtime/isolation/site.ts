/**
 * The groups of a host: agents that may share a process.
 *
 * @module
 */
import type { AgentSandbox, SandboxSite, SiteRequest } from '../agents/index.ts'
import { admitIsolated } from './admit-isolated.ts'
import { Crossing } from './crossing.ts'
import { FrameWriter } from './frame.ts'
import { Group, type GroupOptions } from './group.ts'

/** Options of the groups of a host. */
export interface IsolationOptions extends Omit<
  GroupOptions,
  'name' | 'connect' | 'crossing' | 'writer'
> {
  /** The group of an agent: agents with the same one share a process. */
  readonly groupOf: (agent: string) => string
  /** Starts the process of a group. */
  readonly connect: (
    group: string,
    ...events: Parameters<GroupOptions['connect']>
  ) => ReturnType<GroupOptions['connect']>
}

/** Runs guests in processes, one a group. */
export function isolation(options: IsolationOptions): SandboxSite {
  const groups = new Map<string, Group>()
  const shared = { crossing: new Crossing(), writer: new FrameWriter() }
  return {
    name: 'isolation',
    async open(request: SiteRequest): Promise<AgentSandbox> {
      admitIsolated(request)
      const name = options.groupOf(request.manifest.name)
      for (const [other, { size }] of groups) if (size === 0) groups.delete(other)
      let group = groups.get(name)
      if (group === undefined) {
        const connect: GroupOptions['connect'] = (events) => options.connect(name, events)
        group = new Group({ ...options, ...shared, name, connect })
        groups.set(name, group)
      }
      return group.open(request)
    },
    async close() {
      for (const group of groups.values()) group.close()
      groups.clear()
    },
  }
}
