/** The latest requests, and the lines that agents log. @module */
import { useState } from 'hono/jsx/dom'
import { keyOf, type LogEvent, type RequestEvent } from './model.ts'
import { clock, count, milliseconds, printable, printableLines } from './text.ts'

export interface ActivityProps {
  readonly requests: readonly RequestEvent[]
  readonly logs: readonly LogEvent[]
  readonly lost: number
  readonly agents: readonly string[]
}

interface Held {
  readonly requests: readonly RequestEvent[]
  readonly logs: readonly LogEvent[]
}

export function Activity({ agents, lost, ...now }: ActivityProps) {
  const [agent, setAgent] = useState('')
  const [held, setHeld] = useState<Held | undefined>(undefined)
  const shown = held ?? now
  const isShown = (event: { readonly agent?: string }): boolean =>
    agent === '' || event.agent === agent
  const requests = shown.requests.filter(isShown)
  const logs = shown.logs.filter(isShown)
  return (
    <div>
      <section aria-labelledby="requests">
        <div class="section-head">
          <h2 id="requests">Requests</h2>
          <label>
            <span class="hidden">Agent</span>
            <select
              value={agent}
              onChange={(event: Event) => {
                // The cast: the event is of this element.
                setAgent((event.target as HTMLSelectElement).value)
              }}
            >
              <option value="">All agents</option>
              {agents.map((name) => (
                <option key={name} value={name}>
                  {printable(name)}
                </option>
              ))}
            </select>
          </label>
          <button
            type="button"
            aria-pressed={held === undefined ? 'false' : 'true'}
            onClick={() => setHeld(held === undefined ? now : undefined)}
          >
            {held === undefined ? 'Pause' : 'Go on'}
          </button>
        </div>
        {requests.length === 0 ? (
          <p class="empty">No request has come. Each is here as soon as it is answered.</p>
        ) : (
          <div class="scroll" tabindex={0} role="region" aria-label="The latest requests">
            <table>
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">Status</th>
                  <th scope="col">Request</th>
                  <th scope="col" class="wide">
                    Agent
                  </th>
                  <th scope="col" class="right">
                    Took
                  </th>
                </tr>
              </thead>
              <tbody>
                {requests.map((event) => (
                  <RequestRow key={keyOf(event)} event={event} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {lost === 0 ? null : (
          <p class="soft">{count(lost)} more came faster than anyone reads: the log has them.</p>
        )}
      </section>
      <section aria-labelledby="logs">
        <h2 id="logs">Log of the agents</h2>
        {logs.length === 0 ? (
          <p class="empty">No agent has logged a line.</p>
        ) : (
          <ol class="logs scroll" tabindex={0} aria-labelledby="logs">
            {logs.map((event) => (
              <LogRow key={keyOf(event)} event={event} />
            ))}
          </ol>
        )}
      </section>
    </div>
  )
}

function RequestRow({ event }: { readonly event: RequestEvent }) {
  const { timeMs, status, method, path, agent, durationMs } = event
  return (
    <tr>
      <td class="time">{clock(timeMs)}</td>
      <td class={`status s${Math.floor(status / 100)}`}>{status}</td>
      <td class="path">
        <code>
          {printable(method)} {printable(path)}
        </code>
      </td>
      <td class="wide">{agent === undefined ? '–' : printable(agent)}</td>
      <td class="right">{milliseconds(durationMs)}</td>
    </tr>
  )
}

function LogRow({ event: { timeMs, level, agent = '', message } }: { readonly event: LogEvent }) {
  return (
    <li class={level}>
      <span class="time">{clock(timeMs)}</span> <strong>{printable(agent)}</strong>{' '}
      {level === 'info' ? null : <span class="mark">{level}</span>}{' '}
      <span class="message">{printableLines(message)}</span>
    </li>
  )
}
