/**
 * The host of a control plane for one runtime on one thread. The program loads the agents.
 *
 * @module
 */

import type { Agent } from '../../runtime/agents/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'
import { parseAttenuation, powerTexts } from '../../runtime/policy/index.ts'
import type { Runtime } from '../../runtime/presets/index.ts'
import {
  agentUse,
  examplesOf,
  grantedNames,
  placeOf,
  type AgentSummary,
  type HostState,
} from '../control/index.ts'

type Changed = Awaited<ReturnType<HostState['change']['kill']>>

const MICROS = 1_000_000

export function runtimeState(runtime: Pick<Runtime, 'agents'>): HostState {
  const startedAt = performance.now()
  return {
    health: () => ({
      status: 'ok',
      agents: newestOf(runtime).length,
      workers: { ready: 1, wanted: 1 },
      uptimeSeconds: Math.round((performance.now() - startedAt) / 1000),
    }),
    agents: async () => newestOf(runtime).map(summaryOf),
    approvals: () => [],
    auditHeads: () => undefined,
    resources: useOfProcess,
    // The program that loads the agents decides about them.
    checkPolicy: ({ name }) => ({ agent: name, hasPolicy: false, refused: [], lowered: [] }),
    change: {
      kill: (name) => change(runtime, name, (agent) => agent.kill()),
      async stop(wanted) {
        const startedAt = performance.now()
        const all = runtime.agents.filter(({ name }) => wanted(name))
        if (all.length === 0) return undefined
        const names = all.filter(({ disabled }) => !disabled).map(({ name }) => name)
        for (const agent of all) agent.disable()
        const stopped = all.reduce((sum, agent) => sum + agent.kill(), 0)
        const tookMs = performance.now() - startedAt
        return {
          agents: [...new Set(names)],
          stopped,
          workers: 1,
          silent: 0,
          terminated: 0,
          tookMs,
        }
      },
      disable: (name, disabled) => change(runtime, name, (agent) => agent.disable(disabled)),
      async attenuate(name, request) {
        const attenuation = parseAttenuation(request)
        const [newest, ...older] = versionsOf(runtime, name)
        const startedAt = performance.now()
        if (newest === undefined) return undefined
        await newest.attenuate(attenuation)
        // An older version may lack these grants, or have less of them. Then `attenuate` fails, and the version is killed.
        const stopped = await Promise.all(
          older.map((agent) =>
            agent.attenuate(attenuation).then(
              () => 0,
              () => agent.kill('the grants of its agent were attenuated'),
            ),
          ),
        )
        return outcome(name, startedAt, stopped)
      },
      restore: (name) => Promise.reject(notHere('restore grants of', name)),
      deployVersion: ({ manifest }) => Promise.reject(notHere('deploy', manifest.name)),
      rollBack: (name) => Promise.reject(notHere('roll back', name)),
    },
  }
}

/** Nothing on platforms that do not tell: pages have no process, and Workers one that throws for what it lacks. */
function useOfProcess(): ReturnType<HostState['resources']> {
  try {
    const { user, system } = process.cpuUsage()
    return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / MICROS }
  } catch {
    return undefined
  }
}

/** The newest first. */
function versionsOf({ agents }: Pick<Runtime, 'agents'>, name: string): Agent[] {
  return agents.filter((agent) => agent.name === name).reverse()
}

function newestOf({ agents }: Pick<Runtime, 'agents'>): Agent[] {
  return [...new Map(agents.map((agent) => [agent.name, agent])).values()]
}

async function change(
  runtime: Pick<Runtime, 'agents'>,
  name: string,
  apply: (agent: Agent) => number | void,
): Promise<Changed> {
  const startedAt = performance.now()
  const versions = versionsOf(runtime, name)
  if (versions.length === 0) return undefined
  const stopped = versions.map((agent) => apply(agent) ?? 0)
  return outcome(name, startedAt, stopped)
}

function outcome(agent: string, startedAt: number, stopped: readonly number[]): Changed {
  return {
    agent,
    stopped: stopped.reduce((sum, count) => sum + count, 0),
    workers: 1,
    silent: 0,
    terminated: 0,
    tookMs: performance.now() - startedAt,
  }
}

function summaryOf(agent: Agent): AgentSummary {
  const { name, digest, manifest, disabled } = agent
  const stats = agent.stats()
  return {
    name,
    ...placeOf(manifest),
    ...examplesOf(manifest),
    digest,
    capabilities: grantedNames(manifest.capabilities),
    powers: powerTexts(manifest.capabilities),
    limits: manifest.limits,
    disabled,
    earlier: 0,
    invocations: stats.invocations,
    failures: stats.failures,
    abandoned: stats.abandoned,
    active: stats.active,
    pauses: stats.pauses,
    ...agentUse(stats),
  }
}

function notHere(action: string, agent: string): MayflyError {
  return new MayflyError(
    'ERR_USAGE',
    `Cannot ${action} agent "${agent}": the program of this host loads its agents`,
    { hint: 'Load it there, with runtime.load', facts: { agent } },
  )
}
