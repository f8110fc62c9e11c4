/** `node:timers`: those of the Web, and `setImmediate`. @module */
import promises from './timers-promises.ts'

const { clearInterval, clearTimeout, setInterval, setTimeout } = globalThis

/** Calls `callback` when the jobs of promises have run. */
export function setImmediate(callback: (...args: unknown[]) => void, ...args: unknown[]): number {
  return setTimeout(callback, 0, ...args)
}

export function clearImmediate(id: number | undefined): void {
  clearTimeout(id)
}

export { clearInterval, clearTimeout, promises, setInterval, setTimeout }
export default {
  clearImmediate,
  clearInterval,
  clearTimeout,
  promises,
  setImmediate,
  setInterval,
  setTimeout,
}
