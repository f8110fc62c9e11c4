/**
 * Events of a worker on their way to clients that follow the host.
 *
 * Cells that all threads share say whether any does: otherwise an event costs one look at them. Events go to the main
 * thread in bundles, and those that come faster are counted only. For the page of the operator, which shows what has
 * happened before it was opened, a few of each kind go there always.
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

// A page shows the latest hundred. A busy worker makes 160 events of each kind a second for it, which is a thousandth of
// its time, and one that is not busy leaves none out.
const SAMPLE_MS = 250
const MAX_SAMPLE = 40
const FAILED = 400 // From this status on

/** The number of clients that follow, then whether there is a page, in memory that all threads share. */
export type TailCell = Int32Array<SharedArrayBuffer>

const FOLLOWERS = 0
const PAGE = 1

export function tailCell(): TailCell {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
}

/** Notes how many clients follow. */
export function setFollowers(cell: TailCell, followers: number): void {
  Atomics.store(cell, FOLLOWERS, followers)
}

/** Has all threads send a few events of each kind from now on. */
export function setSampled(cell: TailCell): void {
  Atomics.store(cell, PAGE, 1)
}

/** Kinds of events that must not push each other out of a sample. */
type SampledKind = TailEvent['kind'] | 'refused'

export class TailFeed {
  readonly #cell: TailCell
  readonly #send: (events: readonly TailEvent[], lost: number) => void
  readonly #maps: TextMaps
  #bundle: TailEvent[] = []
  #lost = 0
  #isDue = false
  /** Of the events that are to be sent. */
  readonly #sampled = new Map<SampledKind, number>()

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
    const { id, agent, method, path, status, durationMs } = line
    if (!this.#takes(status < FAILED ? 'request' : 'refused')) return
    const facts = { id, ...(agent === undefined ? {} : { agent }), method, status, durationMs }
    const level = levelOfRequest(line)
    this.#add({ kind: 'request', timeMs: Date.now(), level, ...facts, path: cut(path) })
  }

  /** Ends with an event for each line that `driver` is given. */
  log(driver: LogDriver): LogDriver {
    return {
      write: (line) => {
        driver.write(line)
        if (!this.#takes('log')) return
        const { agent, digest, id, level, message } = line
        const text = this.#maps.map({ name: agent, digest }, message) ?? message
        this.#add({ kind: 'log', timeMs: Date.now(), level, id, agent, message: cut(text) })
      },
    }
  }

  /** The same of an invocation as the log has it: what was denied, and why it failed. */
  invocation(record: InvocationRecord): void {
    if (!this.#isWanted) return
    const { agent, id, outcome, events } = record
    const facts = { timeMs: Date.now(), agent, id }
    for (const { capability, action, target, outcome: result, hint } of events) {
      if (result === 'allowed' || !this.#takes('denied')) continue
      const call = { capability, action, target: cut(target), outcome: result }
      this.#add({ kind: 'denied', level: 'warn', ...facts, ...call, ...hinted(hint) })
    }
    if (outcome.state === 'completed' || !this.#takes('failed')) return
    const level = outcome.state === 'abandoned' ? 'info' : 'error'
    const message = cut(failureText(record, this.#maps))
    const { hint } = outcome.error
    this.#add({ kind: 'failed', level, ...facts, state: outcome.state, message, ...hinted(hint) })
  }

  get #isFollowed(): boolean {
    return (this.#cell[FOLLOWERS] ?? 0) > 0
  }

  get #isWanted(): boolean {
    return this.#isFollowed || this.#cell[PAGE] === 1
  }

  /** Whether there is room for one more of `kind`, which is counted either way. */
  #takes(kind: SampledKind): boolean {
    if (!this.#isWanted) return false
    this.#bringOn()
    const sampled = this.#sampled.get(kind) ?? 0
    const hasRoom = this.#isFollowed ? this.#bundle.length < MAX_BUNDLE : sampled < MAX_SAMPLE
    if (hasRoom) this.#sampled.set(kind, sampled + 1)
    else this.#lost++
    return hasRoom
  }

  #add(event: TailEvent): void {
    this.#bundle.push(event)
  }

  #bringOn(): void {
    if (this.#isDue) return
    this.#isDue = true
    setTimeout(() => this.#flush(), this.#isFollowed ? BUNDLE_MS : SAMPLE_MS).unref()
  }

  #flush(): void {
    this.#isDue = false
    this.#sampled.clear()
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
