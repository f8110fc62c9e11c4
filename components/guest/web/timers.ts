/**
 * `setTimeout` and its family. A timer lives as long as its request: a timer that has not fired before the answer never
 * fires.
 *
 * @module
 */

import { addTimer, removeTimer } from '../loop.ts'

export function setTimeout(callback: unknown, delayMs?: number, ...args: unknown[]): number {
  return addTimer(toCallback(callback, args), toDelay(delayMs))
}

export function setInterval(callback: unknown, delayMs?: number, ...args: unknown[]): number {
  const delay = Math.max(1, toDelay(delayMs))
  return addTimer(toCallback(callback, args), delay, delay)
}

export function clearTimeout(id?: unknown): void {
  removeTimer(Number(id))
}

function toCallback(callback: unknown, args: unknown[]): () => void {
  // A string would have to be evaluated.
  if (typeof callback !== 'function') throw new TypeError('Cannot set a timer: not a function')
  return () => {
    callback(...args)
  }
}

function toDelay(delayMs: unknown): number {
  // As the standard has it, of 32 bits: 2 ** 32 is 0.
  return Math.max(0, Number(delayMs) | 0)
}
