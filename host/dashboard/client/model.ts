/**
 * What the page knows of its host. Immutable: each event makes another.
 *
 * @module
 */
import type { PageFindings, PageRecent, PageState } from '../../control/page-contract.ts'

export type RequestEvent = PageRecent['requests'][number]
export type LogEvent = PageRecent['logs'][number]

export interface Model {
  /** `waiting`: no answer yet. `broken`: the host does not answer, and is asked again. */
  readonly line: 'waiting' | 'open' | 'broken'
  readonly state: PageState | undefined
  readonly findings: PageFindings
  /** The latest come first. */
  readonly requests: readonly RequestEvent[]
  readonly logs: readonly LogEvent[]
  /** Events that came faster than a person reads, since the page was opened. */
  readonly lost: number
}

// As many as the host keeps: two screens.
const MAX_ROWS = 100

export const EMPTY: Model = {
  line: 'waiting',
  state: undefined,
  findings: { denials: [], failures: [] },
  requests: [],
  logs: [],
  lost: 0,
}

/** The stream begins again: its first event has all that is known. */
export function opened(model: Model, state: PageState): Model {
  return { ...model, line: 'open', state }
}

export function withRecent(model: Model, { requests, logs, lost }: PageRecent): Model {
  return {
    ...model,
    requests: merged(model.requests, requests),
    logs: merged(model.logs, logs),
    lost: model.lost + lost,
  }
}

/** After a break the host tells some of them once more. */
function merged<Event extends RequestEvent | LogEvent>(
  known: readonly Event[],
  fresh: readonly Event[],
): readonly Event[] {
  if (fresh.length === 0) return known
  const keys = new Set(known.map(keyOf))
  const added = fresh.filter((event) => !keys.has(keyOf(event)))
  return [...added.toReversed(), ...known].slice(0, MAX_ROWS)
}

export function keyOf(event: RequestEvent | LogEvent): string {
  const what = event.kind === 'log' ? event.message : event.status
  return `${event.timeMs} ${event.id} ${what}`
}
