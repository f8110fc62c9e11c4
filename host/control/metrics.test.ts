import { describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import type { AgentSummary, AgentUse } from './contract.ts'
import type { HostState } from './host.ts'
import { AGENT_USES, metricsText } from './metrics.ts'

/** An agent with a different number for every use. */
function summary(name: string, first: number): AgentSummary {
  const uses = Object.fromEntries(AGENT_USES.map((use, index) => [use, first + index]))
  return {
    ...{
      name,
      route: '/*',
      hosts: [],
      shared: true,
      digest: '',
      componentBytes: 1,
      powers: [],
      capabilities: [],
      disabled: false,
    },
    limits: manifestFromObject({ name }).limits,
    ...{ earlier: 0, invocations: 1, failures: 0, abandoned: 0, active: 0, pauses: 0 },
    ...(uses as AgentUse),
  }
}

function textOf(...agents: AgentSummary[]): Promise<string> {
  return textOfHost({ residentBytes: 1, cpuSeconds: 2 }, agents)
}

function textOfHost(
  use: ReturnType<HostState['resources']>,
  agents: readonly AgentSummary[],
): Promise<string> {
  const state: Pick<HostState, 'health' | 'agents' | 'resources'> = {
    health: () => ({
      ...{ status: 'ok', agents: agents.length, uptimeSeconds: 0 },
      workers: { ready: 1, wanted: 1 },
    }),
    agents: async () => agents,
    resources: () => use,
  }
  // The cast: metrics ask for no more of a host.
  return metricsText(state as HostState)
}

describe('metricsText()', () => {
  it('says for every agent what it has of what agents share', async () => {
    const lines = (await textOf(summary('a', 100), summary('b', 200))).split('\n')
    const values = (agent: string): number[] =>
      lines.flatMap((line) => {
        const [, value] = /^mayfly_agent_\w+\{agent="(\w+)"\} (\d+)$/.exec(line)?.slice(1) ?? []
        return line.includes(`"${agent}"`) && Number(value) >= 100 ? [Number(value)] : []
      })
    for (const [agent, first] of [
      ['a', 100],
      ['b', 200],
    ] as const)
      expect(values(agent)).toEqual(AGENT_USES.map((_, index) => first + index))
  })

  it('declares each metric once, with its type', async () => {
    const text = await textOf(summary('a', 1), summary('b', 2))
    const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type])
    expect(new Set(types.map(([name]) => name)).size).toBe(types.length)
    for (const [name = '', type] of types)
      expect([name, type]).toEqual([name, name.endsWith('_total') ? 'counter' : 'gauge'])
  })

  it('leaves out the process where the platform does not tell of it', async () => {
    expect(await textOf()).toContain('process_cpu_seconds_total 2\n')
    const text = await textOfHost(undefined, [])
    expect(text).toContain('mayfly_workers_ready 1\n')
    expect(text).not.toContain('process_')
  })
})
