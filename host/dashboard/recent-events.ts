/**
 * The latest events of a host, for pages that are opened later. Bounded, and each denial and failure once: an agent that
 * does the same all day pushes nothing else out.
 *
 * @module
 */

import type { Finding, PageFindings, PageRecent, TailEvent } from '../control/index.ts'

type Of<Kind extends TailEvent['kind']> = Extract<TailEvent, { kind: Kind }>

// Two screens.
const MAX_REQUESTS = 100
const MAX_LOGS = 100
// More than a person mends before the rest shows again.
const MAX_FINDINGS = 50
// The first lines of a stack, and the error; the log has the rest.
const MAX_MESSAGE_LENGTH = 2_000
const MAX_TARGET_LENGTH = 500
// Of each kind between two looks. More is no longer read.
const MAX_FRESH = 50

export class RecentEvents {
  readonly #requests: Of<'request'>[] = []
  readonly #logs: Of<'log'>[] = []
  readonly #denials = new Map<string, Finding<'denied'>>()
  readonly #failures = new Map<string, Finding<'failed'>>()
  #fresh: { requests: Of<'request'>[]; logs: Of<'log'>[]; lost: number } = none()
  #hasFindings = false

  /** @param lost - how many events were left out before these */
  add(events: readonly TailEvent[], lost: number): void {
    this.#fresh.lost += lost
    for (const event of events) {
      switch (event.kind) {
        case 'request':
          this.#note(this.#requests, this.#fresh.requests, MAX_REQUESTS, shortRequest(event))
          break
        case 'log':
          this.#note(this.#logs, this.#fresh.logs, MAX_LOGS, shortMessage(event))
          break
        case 'denied': {
          const { agent = '', capability, action, outcome, hint = event.target } = event
          const target = cut(event.target, MAX_TARGET_LENGTH)
          const key = JSON.stringify([agent, capability, action, outcome, hint])
          this.#find(this.#denials, key, { ...event, target })
          break
        }
        case 'failed':
          this.#find(
            this.#failures,
            JSON.stringify([event.agent, event.state, event.message]),
            shortMessage(event),
          )
      }
    }
  }

  /** What a page that was just opened shows. */
  latest(): PageRecent {
    return { requests: [...this.#requests], logs: [...this.#logs], lost: 0 }
  }

  findings(): PageFindings {
    const newestFirst = <Each>(all: Map<string, Each>): Each[] => [...all.values()].reverse()
    return { denials: newestFirst(this.#denials), failures: newestFirst(this.#failures) }
  }

  /** What has happened since the last call; `recent` is absent when nothing has. */
  take(): { readonly recent?: PageRecent; readonly hasFindings: boolean } {
    const recent = this.#fresh
    const hasFindings = this.#hasFindings
    this.#fresh = none()
    this.#hasFindings = false
    const isEmpty = recent.requests.length + recent.logs.length + recent.lost === 0
    return isEmpty ? { hasFindings } : { recent, hasFindings }
  }

  #note<Each>(kept: Each[], fresh: Each[], most: number, event: Each): void {
    kept.push(event)
    if (kept.length > most) kept.shift()
    if (fresh.length < MAX_FRESH) fresh.push(event)
    else this.#fresh.lost++
  }

  /** As the latest of all. */
  #find<Event extends TailEvent>(
    known: Map<string, Event & { readonly count: number }>,
    key: string,
    event: Event,
  ): void {
    const count = (known.get(key)?.count ?? 0) + 1
    known.delete(key)
    known.set(key, { ...event, count })
    const [oldest = ''] = known.keys()
    if (known.size > MAX_FINDINGS) known.delete(oldest)
    this.#hasFindings = true
  }
}

function none(): { requests: Of<'request'>[]; logs: Of<'log'>[]; lost: number } {
  return { requests: [], logs: [], lost: 0 }
}

function shortRequest(event: Of<'request'>): Of<'request'> {
  return { ...event, path: cut(event.path, MAX_TARGET_LENGTH) }
}

function shortMessage<Event extends Of<'log'> | Of<'failed'>>(event: Event): Event {
  return { ...event, message: cut(event.message, MAX_MESSAGE_LENGTH) }
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}
