/**
 * `wasi:io/poll`: waiting. A promise suspends the guest, so that waiting costs no thread.
 *
 * @module
 */

/** The event that a pollable waits for. */
export interface Readiness {
  /** Whether there is nothing to wait for. */
  ready(): boolean
  /** Settles when `ready` may have changed. Never rejects. */
  wait(): Promise<unknown>
  /** Called when no pollable waits for it any more. */
  dispose?(): void
}

let readinessOf: (pollable: Pollable) => Readiness

export class Pollable implements Disposable {
  readonly #readiness: Readiness

  constructor(readiness: Readiness) {
    this.#readiness = readiness
  }

  ready(): boolean {
    return this.#readiness.ready()
  }

  /** Returns a promise only when there is something to wait for. */
  block(): void | Promise<void> {
    const readiness = this.#readiness
    if (!readiness.ready()) return untilReady(readiness)
  }

  [Symbol.dispose](): void {
    this.#readiness.dispose?.()
  }

  static {
    readinessOf = (pollable) => pollable.#readiness
  }
}

/** Returns the indices of all ready pollables, and waits for the first when none is ready. */
export function poll(pollables: readonly Pollable[]): number[] | Promise<number[]> {
  if (pollables.length === 0)
    throw new TypeError('Cannot poll an empty list: it would never be ready')
  const sources = pollables.map((pollable) => readinessOf(pollable))
  const ready = readyOf(sources)
  return ready.length > 0 ? ready : firstOf(sources)
}

/** An event that is always ready: reading at an end, writing to nowhere. */
export const ALWAYS_READY: Readiness = { ready: () => true, wait: () => Promise.resolve() }

export async function untilReady(readiness: Readiness): Promise<void> {
  while (!readiness.ready()) await readiness.wait()
}

async function firstOf(sources: readonly Readiness[]): Promise<number[]> {
  // A guest may lend one of them a million times.
  const distinct = [...new Set(sources)]
  for (;;) {
    await Promise.race(distinct.map((source) => source.wait()))
    const ready = readyOf(sources)
    if (ready.length > 0) return ready
  }
}

function readyOf(sources: readonly Readiness[]): number[] {
  return sources.flatMap((source, index) => (source.ready() ? [index] : []))
}
