/**
 * The state of a host as Prometheus reads it.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 *
 * @module
 */

import type { AgentSummary, AgentUse, HostHealth } from './contract.ts'
import type { HostState } from './host.ts'
import type { SeenState } from './scoped-state.ts'

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly Sample[]
}

interface Sample {
  readonly value: number
  readonly agent?: string
  readonly tenant?: string
}

/** Without `health` and `resources` in `state`, nothing of the host itself. */
export async function metricsText({ health, resources, agents }: SeenState): Promise<string> {
  const ofHost = health && resources ? hostMetrics(health(), resources()) : []
  return [...ofHost, ...agentMetrics(await agents())].map(text).join('')
}

function hostMetrics(health: HostHealth, use: ReturnType<HostState['resources']>): Metric[] {
  return [
    gauge('mayfly_workers_ready', 'Worker threads that serve requests.', health.workers.ready),
    gauge('mayfly_workers_wanted', 'Worker threads there should be.', health.workers.wanted),
    gauge('mayfly_uptime_seconds', 'Seconds since the host started.', health.uptimeSeconds),
    gauge(
      'mayfly_audit_failing',
      'Whether the audit log cannot be written.',
      health.audit === undefined ? 0 : 1,
    ),
    ...(use === undefined ? [] : processMetrics(use)),
  ]
}

function processMetrics({
  residentBytes,
  cpuSeconds,
}: NonNullable<ReturnType<HostState['resources']>>): Metric[] {
  return [
    gauge('process_resident_memory_bytes', 'Memory of the process.', residentBytes),
    {
      name: 'process_cpu_seconds_total',
      help: 'Processor time of the process.',
      type: 'counter',
      samples: [{ value: cpuSeconds }],
    },
  ]
}

function agentMetrics(agents: readonly AgentSummary[]): Metric[] {
  const each = (of: (agent: AgentSummary) => number): Sample[] =>
    agents.map((agent) => ({ value: of(agent), ...labelsOf(agent) }))
  return [
    {
      name: 'mayfly_agent_invocations_total',
      help: 'Invocations that were begun, since the version that is served was deployed.',
      type: 'counter',
      samples: each(({ invocations }) => invocations),
    },
    {
      name: 'mayfly_agent_failures_total',
      help: 'Invocations of these that neither completed nor were abandoned.',
      type: 'counter',
      samples: each(({ failures }) => failures),
    },
    {
      name: 'mayfly_agent_abandoned_total',
      help: 'Invocations of these whose client, or calling agent, left before it had its answer.',
      type: 'counter',
      samples: each(({ abandoned }) => abandoned),
    },
    {
      name: 'mayfly_agent_active',
      help: 'Invocations under way.',
      type: 'gauge',
      samples: each(({ active }) => active),
    },
    ...AGENT_USES.map((use) => ({ ...USES[use], samples: each((agent) => agent[use]) })),
    {
      name: 'mayfly_agent_pauses_total',
      help: 'Times that guests had computed for a slice and let others have their turn.',
      type: 'counter',
      samples: each(({ pauses }) => pauses),
    },
    {
      name: 'mayfly_agent_disabled',
      help: 'Whether the agent was disabled.',
      type: 'gauge',
      samples: each(({ disabled }) => (disabled ? 1 : 0)),
    },
    {
      name: 'mayfly_agent_component_bytes',
      help: 'Size of the component.',
      type: 'gauge',
      samples: agents.flatMap((agent) => {
        const { componentBytes: value } = agent
        return value === undefined ? [] : [{ value, ...labelsOf(agent) }]
      }),
    },
  ]
}

function labelsOf({ name, tenant }: AgentSummary): Omit<Sample, 'value'> {
  return { agent: name, ...(tenant === undefined ? {} : { tenant }) }
}

/** Metrics of an agent's use of shared resources, by name. The counts of a replaced worker are lost. */
const USES: Readonly<Record<keyof AgentUse, Omit<Metric, 'samples'>>> = {
  running: use('mayfly_agent_running', 'Invocations that run.'),
  queued: use('mayfly_agent_queued', 'Invocations that wait for a place among those that run.'),
  refused: refusals('mayfly_agent_refused_total', 'Invocations that found no place to wait in.'),
  tenantQueued: use(
    'mayfly_agent_tenant_queued',
    'Invocations of these that wait for a place of the tenant.',
  ),
  tenantRefused: refusals(
    'mayfly_agent_tenant_refused_total',
    'Invocations of these that found no place to wait for one of the tenant.',
  ),
  slots: use('mayfly_agent_slots', 'Slots that are lent to it.'),
  slotsWaiting: use('mayfly_agent_slots_waiting', 'Invocations that wait for a slot.'),
  waiting: use('mayfly_agent_waiting', 'Invocations that wait without a slot.'),
  waitingBytes: use('mayfly_agent_waiting_bytes', 'Bytes of the states of these.'),
  waitingRefused: refusals(
    'mayfly_agent_waiting_refused_total',
    'Invocations that kept their slots while they waited, because a bound was reached.',
  ),
  sockets: use('mayfly_agent_sockets', 'Connections to other servers that it uses.'),
  socketsWaiting: use('mayfly_agent_sockets_waiting', 'Requests that wait for a connection.'),
  socketsRefused: refusals(
    'mayfly_agent_sockets_refused_total',
    'Requests that found no place to wait for a connection in.',
  ),
  bodyBytes: use('mayfly_agent_body_bytes', 'Bytes of bodies that are held for it.'),
  bodiesRefused: refusals(
    'mayfly_agent_bodies_refused_total',
    'Bodies that were refused because too many bytes were held for it.',
  ),
}

/** Names of uses, in the order of the metrics. */
// Objects have no other keys than the type says: it is written out above.
export const AGENT_USES: readonly (keyof AgentUse)[] = Object.keys(USES) as (keyof AgentUse)[]

function use(name: string, help: string): Omit<Metric, 'samples'> {
  return { name, help, type: 'gauge' }
}

function refusals(name: string, help: string): Omit<Metric, 'samples'> {
  return { name, help, type: 'counter' }
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ value }] }
}

function text({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ value, ...labels }) => {
    // Names of agents and tenants are of letters, digits and dashes: nothing in them needs escaping.
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`)
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join()}}`} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}
