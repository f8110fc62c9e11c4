/**
 * The event loop of one request: timers and responses that are awaited.
 *
 * A host call stops the whole agent, so there is one place that waits, `run`, and it waits for everything
 * at once: `poll.any` with every response that is out and the time until the next timer. It exists only while
 * there is something to wait for; a request that awaits nothing never starts it.
 *
 * @module
 */

import { quiet } from './engine.ts'
import {
  httpCancel,
  httpTake,
  monotonic,
  pollAny,
  requireRequest,
  writeLog,
  type HostResponse,
} from './host.ts'

interface Timer {
  readonly id: number
  due: number
  readonly everyMs: number | undefined
  readonly callback: () => void
}

interface AwaitedResponse {
  readonly url: string
  readonly resolve: (response: HostResponse) => void
  readonly reject: (reason: unknown) => void
}

const timers = new Map<number, Timer>()
const responses = new Map<number, AwaitedResponse>()
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

/** Returns the response that `pending`, a number from `http.start`, stands for. */
export function awaitResponse(pending: number, url: string): Promise<HostResponse> {
  return new Promise((resolve, reject) => {
    responses.set(pending, { url, resolve, reject })
    start()
  })
}

export function forgetResponse(pending: number): void {
  if (responses.delete(pending)) httpCancel(pending)
}

/** Drops what is still waited for: the request has been answered. */
export function endLoop(): void {
  if (timers.size === 0 && responses.size === 0) return
  timers.clear()
  for (const pending of responses.keys()) httpCancel(pending)
  responses.clear()
}

function start(): void {
  if (running) return
  running = true
  void run()
}

async function run(): Promise<void> {
  for (;;) {
    await quiet()
    if (timers.size === 0 && responses.size === 0) break
    step()
  }
  running = false
}

/** Lets one thing happen: a response arrives or a timer fires. */
function step(): void {
  const timer = earliest()
  const leftMs = timer === undefined ? null : Math.max(0, timer.due - monotonic())
  if (responses.size > 0 || (leftMs ?? 0) > 0) {
    const ready = pollAny([...responses.keys()], leftMs)
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
  const awaited = responses.get(pending)
  if (awaited === undefined) return
  responses.delete(pending)
  try {
    awaited.resolve(httpTake(pending, awaited.url))
  } catch (error) {
    awaited.reject(error)
  }
}
