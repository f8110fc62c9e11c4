/**
 * Hands events of workers to the clients that follow them.
 *
 * A client that reads slowly loses events, and a line says how many: nothing waits for it, and what is held for it is bounded.
 *
 * @module
 */

import type { TailEvent, TailLine } from './tail-event.ts'

// A screen shows fifty lines; a client that is this far behind reads a burst, not a tail.
const MAX_HELD_LINES = 1_000
// An operator has a few terminals. Each costs the main thread a little for every event.
const MAX_LISTENERS = 16
// A client that is gone without a word is found out by a write; and its token is looked at.
const BEAT_MS = 10_000
const BLANK = '\n'

export interface Listener {
  /** Whether it may see the event, and wants it. */
  wants(event: TailEvent): boolean
  /** Whether it may still listen: a token may be revoked. */
  isAllowed(): boolean
}

interface Follower extends Listener {
  readonly stream: ReadableStreamDefaultController<Uint8Array>
  readonly held: string[]
  lost: number
}

const encoder = new TextEncoder()

export class TailHub {
  readonly #followers = new Set<Follower>()
  readonly #onCount: (listeners: number) => void
  #beat: NodeJS.Timeout | undefined
  #closed = false

  /** @param onCount - called with the number of listeners whenever it changes */
  constructor(onCount: (listeners: number) => void) {
    this.#onCount = onCount
  }

  /** Returns lines of JSON, until the client or the host ends; nothing when there are too many listeners. */
  listen(listener: Listener): ReadableStream<Uint8Array> | undefined {
    if (this.#closed || this.#followers.size >= MAX_LISTENERS) return undefined
    let follower: Follower
    return new ReadableStream<Uint8Array>(
      {
        start: (stream) => {
          follower = { ...listener, stream, held: [], lost: 0 }
          // Sends the head of the answer before anything happens.
          stream.enqueue(encoder.encode(BLANK))
          this.#add(follower)
        },
        pull: () => drain(follower),
        cancel: () => this.#drop(follower),
      },
      { highWaterMark: 1 },
    )
  }

  /** @param lost - how many events the worker left out before these */
  publish(events: readonly TailEvent[], lost = 0): void {
    for (const follower of this.#followers) {
      if (!this.#check(follower)) continue
      follower.lost += lost
      for (const event of events) {
        if (!follower.wants(event)) continue
        if (follower.held.length < MAX_HELD_LINES) follower.held.push(lineOf(event))
        else follower.lost++
      }
      drain(follower)
    }
  }

  /** Ends every stream, and takes no more listeners. */
  close(): void {
    this.#closed = true
    for (const follower of this.#followers) this.#end(follower)
  }

  #add(follower: Follower): void {
    this.#followers.add(follower)
    this.#beat ??= setInterval(() => this.#beatOnce(), BEAT_MS).unref()
    this.#onCount(this.#followers.size)
  }

  #drop(follower: Follower): void {
    if (!this.#followers.delete(follower)) return
    if (this.#followers.size === 0) {
      clearInterval(this.#beat)
      this.#beat = undefined
    }
    this.#onCount(this.#followers.size)
  }

  #end(follower: Follower): void {
    this.#drop(follower)
    follower.stream.close()
  }

  #check(follower: Follower): boolean {
    const isAllowed = follower.isAllowed()
    if (!isAllowed) this.#end(follower)
    return isAllowed
  }

  #beatOnce(): void {
    for (const follower of this.#followers) {
      if (!this.#check(follower)) continue
      if (follower.held.length === 0) follower.held.push(BLANK)
      drain(follower)
    }
  }
}

/** Passes on what is held, if the client has read what went before. */
function drain(follower: Follower): void {
  const { stream, held } = follower
  if ((stream.desiredSize ?? 0) <= 0 || (held.length === 0 && follower.lost === 0)) return
  const lost = follower.lost === 0 ? [] : [lineOf({ kind: 'lost', count: follower.lost })]
  follower.lost = 0
  stream.enqueue(encoder.encode([...held.splice(0), ...lost].join('')))
}

function lineOf(line: TailLine): string {
  return `${JSON.stringify(line)}\n`
}
