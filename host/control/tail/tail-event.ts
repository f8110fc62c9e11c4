/** What `GET tail` tells of, one JSON object a line: types, and which of them a client has asked for. @module */

/** Levels of events, from the least to the most severe. */
export const TAIL_LEVELS = ['debug', 'info', 'warn', 'error'] as const
/** A level of an event. */
export type TailLevel = (typeof TAIL_LEVELS)[number]

interface TailFacts {
  /** Milliseconds since 1970. */
  readonly timeMs: number
  readonly level: TailLevel
  /** Of the request: the same in the answer, in the log and in the audit log. */
  readonly id: string
  /** Absent when no agent was found for a request. */
  readonly agent?: string
}

/** Something that happened on a worker. */
export type TailEvent =
  /** A request whose answer has begun. */
  | (TailFacts & {
      readonly kind: 'request'
      readonly method: string
      /** Without the query. */
      readonly path: string
      readonly status: number
      readonly durationMs: number
    })
  /** A line that an agent logged. */
  | (TailFacts & { readonly kind: 'log'; readonly message: string })
  /** A call of an agent that did not happen. */
  | (TailFacts & {
      readonly kind: 'denied'
      readonly capability: string
      readonly action: string
      readonly target: string
      readonly outcome: string
      /** The line to add. */
      readonly hint?: string
    })
  /** An invocation that did not complete. */
  | (TailFacts & {
      readonly kind: 'failed'
      readonly state: string
      readonly message: string
      readonly hint?: string
    })

/** A line of `GET tail`: an event, or how many were left out because they came faster than they were read. */
export type TailLine = TailEvent | { readonly kind: 'lost'; readonly count: number }

/** Which events a client wants. */
export interface TailFilter {
  /** Names of agents; empty for all. */
  readonly agents: readonly string[]
  /** From this level on. */
  readonly level: TailLevel
  /** Only calls that did not happen. */
  readonly isDeniedOnly: boolean
}

/** Returns `undefined` for a query that says something else. */
export function tailFilterOf(query: URLSearchParams): TailFilter | undefined {
  const known = ['agent', 'level', 'denied']
  if ([...query.keys()].some((key) => !known.includes(key))) return undefined
  const asked = query.get('level') ?? 'debug'
  const level = TAIL_LEVELS.find((each) => each === asked)
  if (level === undefined) return undefined
  const denied = query.get('denied') ?? 'false'
  return { agents: query.getAll('agent'), level, isDeniedOnly: denied !== 'false' }
}

export function isWanted({ agents, level, isDeniedOnly }: TailFilter, event: TailEvent): boolean {
  if (TAIL_LEVELS.indexOf(event.level) < TAIL_LEVELS.indexOf(level)) return false
  if (isDeniedOnly && event.kind !== 'denied') return false
  return agents.length === 0 || (event.agent !== undefined && agents.includes(event.agent))
}
