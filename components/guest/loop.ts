/**
 * The event loop of one request: timers, and work that the host has begun.
 *
 * A host call stops the whole agent, so only one place waits, `run`, and it waits for everything at once: `poll.any`
 * with all pending work and the time until the next timer. It runs only while there is something to wait for; a request
 * that awaits nothing never starts it.
 *
 * @module
 */

import { quiet } from './engine.ts'
import { monotonic, pollAny, requireRequest, writeLog } from './host.ts'

interface Timer {
  readonly id: number
  due: number
  readonly everyMs: number | undefined
  readonly callback: () => void
}

interface Awaited {
  /** Called when it can be taken without waiting. */
  settle(): void
  cancel(): void
}

/** The used part of an `AbortSignal`, the engine's or ours. */
interface Abortable {
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

const timers = new Map<number, Timer>()
const awaited = new Map<number, Awaited>()
let lastTimer = 0
let running = false

/** Calls `callback` after `delayMs` milliseconds, and again each `everyMs` when that is given. */
export function addTimer(callback: () => void, delayMs: number, everyMs?: number): number {
  requireRequest('set a timer')
  const id = ++lastTimer
  timers.set(id, { id, due: monotonic() + delayMs, everyMs, callback })
  start()
  return id
}

export function removeTimer(id: number): void {
  timers.delete(id)
}

/**
 * Returns the result of `take`, which is called when `pending` is ready. The host gave that number for the work it has
 * begun.
 */
export function awaitPending<T>(pending: number, take: () => T, cancel: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      try {
        resolve(take())
      } catch (error) {
        reject(error)
      }
    }
    awaited.set(pending, { settle, cancel })
    start()
  })
}

/** The same, unless `signal` is aborted first: then it rejects with its reason and cancels the work of the host. */
export async function awaitUnlessAborted<T>(
  pending: number,
  take: () => T,
  cancel: () => void,
  signal: Abortable,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => {
    forgetPending(pending)
    reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([awaitPending(pending, take, cancel), aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function forgetPending(pending: number): void {
  const found = awaited.get(pending)
  if (found === undefined) return
  awaited.delete(pending)
  found.cancel()
}

/** Drops all pending work: the request has been answered. */
export function endLoop(): void {
  if (timers.size === 0 && awaited.size === 0) return
  timers.clear()
  for (const { cancel } of awaited.values()) cancel()
  awaited.clear()
}

function start(): void {
  if (running) return
  running = true
  void run()
}

async function run(): Promise<void> {
  for (;;) {
    await quiet()
    if (timers.size === 0 && awaited.size === 0) break
    step()
  }
  running = false
}

/** Lets one thing happen: a response arrives or a timer fires. */
function step(): void {
  const timer = earliest()
  const leftMs = timer === undefined ? null : Math.max(0, timer.due - monotonic())
  if (awaited.size > 0 || (leftMs ?? 0) > 0) {
    const ready = pollAny([...awaited.keys()], leftMs)
    if (ready !== null) {
      settle(ready)
      return
    }
  }
  // Not asked whether it is due: a coarse clock may stand still for longer than the timer had left.
  if (timer !== undefined) fire(timer)
}

function earliest(): Timer | undefined {
  let first: Timer | undefined
  for (const timer of timers.values()) {
    if (first === undefined || timer.due < first.due) first = timer
  }
  return first
}

function fire(timer: Timer): void {
  if (timer.everyMs === undefined) timers.delete(timer.id)
  else timer.due += timer.everyMs
  try {
    timer.callback()
  } catch (error) {
    writeLog('error', `Uncaught ${String(error)}`)
  }
}

function settle(pending: number): void {
  const found = awaited.get(pending)
  awaited.delete(pending)
  found?.settle()
}
