/**
 * The event loop of one request: timers, and work of the host where it does not come by itself.
 *
 * Timers are kept here, and the host knows of the earliest only. The loop runs only while there is something to wait for;
 * a request that awaits nothing never starts it.
 *
 * @module
 */

import { quiet } from './engine.ts'
import { isLater, monotonic, requireRequest } from './host.ts'
import { reportUncaught } from './web/report.ts'
import { endWork, hasWork, interrupt, onWork, wait } from './work.ts'

interface Timer {
  readonly id: number
  due: number
  readonly everyMs: number | undefined
  readonly callback: () => void
}

const timers = new Map<number, Timer>()
let lastTimer = 0
let running = false
/** Whether there has been anything to wait for. */
let wasUsed = false
/** When the wait under way ends by itself. */
let wakesAt = -Infinity

/** Calls `callback` after `delayMs` milliseconds, and again each `everyMs` when that is given. */
export function addTimer(callback: () => void, delayMs: number, everyMs?: number): number {
  requireRequest('set a timer')
  const id = ++lastTimer
  const due = monotonic() + delayMs
  timers.set(id, { id, due, everyMs, callback })
  if (due < wakesAt) interrupt()
  startLoop()
  return id
}

export function removeTimer(id: number): void {
  // Nothing may be left to wait for.
  if (timers.delete(id) && timers.size === 0 && wakesAt > -Infinity) interrupt()
}

/** Drops timers and work: the request has been answered. */
export function endLoop(): void {
  if (!wasUsed) return
  timers.clear()
  endWork()
}

onWork(startLoop)

/** Has the loop run until there is nothing left to wait for. */
function startLoop(): void {
  wasUsed = true
  if (running) return
  running = true
  void run()
}

async function run(): Promise<void> {
  for (;;) {
    await quiet()
    if (timers.size === 0 && !hasWork()) break
    await step()
  }
  running = false
}

/** Lets one thing happen: some work is done or a timer fires. */
async function step(): Promise<void> {
  const timer = earliest()
  const leftMs = timer === undefined ? null : Math.max(0, timer.due - monotonic())
  if (hasWork() || (leftMs ?? 0) > 0) {
    wakesAt = timer?.due ?? Infinity
    const isUp = wait(leftMs)
    const hasCome = isLater(isUp) ? await isUp : isUp
    wakesAt = -Infinity
    if (!hasCome) return
  }
  // Not asked whether it is due: a coarse clock may stand still for longer than the timer had left.
  if (timer !== undefined && timers.has(timer.id)) fire(timer)
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
    reportUncaught(error)
  }
}
