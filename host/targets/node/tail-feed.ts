/**
 * Events of a worker on their way to clients that follow the host.
 *
 * A cell that all threads share says whether any does: otherwise an event costs one look at it. Events go to the main
 * thread in bundles, and those that come faster are counted only.
 *
 * @module
 */

import type { InvocationRecord } from '../../../runtime/agents/index.ts'
import type { LogDriver } from '../../../runtime/capabilities/log/index.ts'
import type { RequestLine } from '../../app/index.ts'
import type { TailEvent } from '../../control/index.ts'
import { failureText, levelOfRequest, type TextMaps } from './logger.ts'

// A person sees no difference, and the main thread is woken twenty times a second at most.
const BUNDLE_MS = 50
// Five thousand a second of each worker: more than a person reads, or a terminal shows.
const MAX_BUNDLE = 256
// As long as a line of an agent may be; a client has the rest in the log.
const MAX_TEXT_LENGTH = 8_192

/** The number of clients that follow, in memory that all threads share. */
export type TailCell = Int32Array<SharedArrayBuffer>

export function tailCell(): TailCell {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
}

export class TailFeed {
  readonly #cell: TailCell
  readonly #send: (events: readonly TailEvent[], lost: number) => void
  readonly #maps: TextMaps
  #bundle: TailEvent[] = []
  #lost = 0
  #isDue = false

  constructor(
    cell: TailCell,
    maps: TextMaps,
    send: (events: readonly TailEvent[], lost: number) => void,
  ) {
    this.#cell = cell
    this.#maps = maps
    this.#send = send
  }

  request(line: RequestLine): void {
    if (!this.#isFollowed) return
    const { id, agent, method, path, status, durationMs } = line
    const facts = { id, ...(agent === undefined ? {} : { agent }), method, status, durationMs }
    const level = levelOfRequest(line)
    this.#add({ kind: 'request', timeMs: Date.now(), level, ...facts, path: cut(path) })
  }

  /** Ends with an event for each line that `driver` is given. */
  log(driver: LogDriver): LogDriver {
    return {
      write: (line) => {
        driver.write(line)
        if (!this.#isFollowed) return
        const { agent, digest, id, level, message } = line
        const text = this.#maps.map({ name: agent, digest }, message) ?? message
        this.#add({ kind: 'log', timeMs: Date.now(), level, id, agent, message: cut(text) })
      },
    }
  }

  /** The same of an invocation as the log has it: what was denied, and why it failed. */
  invocation(record: InvocationRecord): void {
    if (!this.#isFollowed) return
    const { agent, id, outcome, events } = record
    const facts = { timeMs: Date.now(), agent, id }
    for (const { capability, action, target, outcome: result, hint } of events) {
      if (result === 'allowed') continue
      const call = { capability, action, target: cut(target), outcome: result }
      this.#add({ kind: 'denied', level: 'warn', ...facts, ...call, ...hinted(hint) })
    }
    if (outcome.state === 'completed') return
    const level = outcome.state === 'abandoned' ? 'info' : 'error'
    const message = cut(failureText(record, this.#maps))
    const { hint } = outcome.error
    this.#add({ kind: 'failed', level, ...facts, state: outcome.state, message, ...hinted(hint) })
  }

  get #isFollowed(): boolean {
    return (this.#cell[0] ?? 0) > 0
  }

  #add(event: TailEvent): void {
    if (this.#bundle.length >= MAX_BUNDLE) this.#lost++
    else this.#bundle.push(event)
    if (this.#isDue) return
    this.#isDue = true
    setTimeout(() => this.#flush(), BUNDLE_MS).unref()
  }

  #flush(): void {
    this.#isDue = false
    const bundle = this.#bundle
    const lost = this.#lost
    this.#bundle = []
    this.#lost = 0
    this.#send(bundle, lost)
  }
}

function hinted(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint: cut(hint) }
}

function cut(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text
}
