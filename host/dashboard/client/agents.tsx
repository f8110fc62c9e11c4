/** The agents of the host: how to try each, what it may do, and a button that stops it. @module */
import { exampleLines } from '../../control/agent-place.ts'
import type { AgentSummary } from '../../control/contract.ts'
import { CodeLine } from './code-line.tsx'
import { bytes, count, counted, printable } from './text.ts'

export interface AgentsProps {
  readonly agents: readonly AgentSummary[]
  /** Where agents answer. */
  readonly url: string
  /** Names of those that are being stopped or started. */
  readonly busy: ReadonlySet<string>
  readonly onStop: (agent: string) => void
  readonly onStart: (agent: string) => void
}

export function Agents({ agents, ...rest }: AgentsProps) {
  return (
    <section aria-labelledby="agents">
      <h2 id="agents">
        Agents <span class="number">{agents.length}</span>
      </h2>
      {agents.length === 0 ? (
        <div class="empty">
          <p>No agent is served yet.</p>
          <CodeLine text="mayfly new hello" label="the command" />
        </div>
      ) : (
        <ul class="agents">
          {agents.map((agent) => (
            <Agent key={agent.name} agent={agent} {...rest} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Agent({
  agent,
  url,
  busy,
  onStop,
  onStart,
}: Omit<AgentsProps, 'agents'> & { readonly agent: AgentSummary }) {
  const { name, description, disabled } = agent
  const isBusy = busy.has(name)
  return (
    <li class={disabled ? 'agent stopped' : 'agent'}>
      <div class="agent-head">
        <h3>{printable(name)}</h3>
        <State agent={agent} />
        {disabled ? (
          <button
            type="button"
            disabled={isBusy}
            aria-label={`Start ${name}`}
            onClick={() => onStart(name)}
          >
            Start
          </button>
        ) : (
          <button
            type="button"
            class="danger"
            disabled={isBusy}
            aria-label={`Stop ${name}`}
            onClick={() => onStop(name)}
          >
            Stop
          </button>
        )}
      </div>
      {description === undefined ? null : <p class="soft">{printable(description)}</p>}
      <Commands agent={agent} url={url} />
      <Grants agent={agent} />
    </li>
  )
}

function State({ agent }: { readonly agent: AgentSummary }) {
  const { disabled, active, invocations, failures, queued, tenant } = agent
  const facts = [
    counted(invocations, 'call'),
    ...(failures === 0 ? [] : [`${count(failures)} failed`]),
    ...(active === 0 ? [] : [`${count(active)} running`]),
    ...(queued === 0 ? [] : [`${count(queued)} waiting`]),
    ...(tenant === undefined ? [] : [`tenant ${printable(tenant)}`]),
  ]
  return (
    <p class="facts">
      {disabled ? <span class="mark stop">Stopped</span> : null}
      <span>{facts.join(' · ')}</span>
    </p>
  )
}

function Commands({ agent, url }: { readonly agent: AgentSummary; readonly url: string }) {
  const lines = exampleLines(agent, url)
  if (lines.length === 0) return <p class="soft">A tool of other agents: it has no address.</p>
  return (
    <div>
      {lines.map((line) => (
        <CodeLine key={line} text={line} label={`the command for ${agent.name}`} />
      ))}
    </div>
  )
}

function Grants({ agent: { powers, limits, name } }: { readonly agent: AgentSummary }) {
  const bounds = `${count(limits.deadlineMs)} ms, ${bytes(limits.memoryBytes)} of memory`
  if (powers.length === 0)
    return <p class="grants none">No grants: it computes, and reaches nothing.</p>
  return (
    <details class="grants">
      <summary aria-label={`${counted(powers.length, 'grant')} of ${name}`}>
        {counted(powers.length, 'grant')}
      </summary>
      <ul>
        {powers.map((power) => (
          <li key={power}>
            <code>{printable(power)}</code>
          </li>
        ))}
      </ul>
      <p class="soft">Each call: {bounds}</p>
    </details>
  )
}
