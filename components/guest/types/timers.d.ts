/** Time, and what names the place that the code runs at. @module */

/** Calls back within the request; a timer that has not fired before its end never fires. */
declare function setTimeout<A extends any[]>(
  callback: (...args: A) => void,
  delayMs?: number,
  ...args: A
): number
declare function setInterval<A extends any[]>(
  callback: (...args: A) => void,
  delayMs?: number,
  ...args: A
): number
declare function clearTimeout(id?: number | null): void
declare function clearInterval(id?: number | null): void
declare function queueMicrotask(callback: () => void): void

/** Entries are not kept: the methods for them do nothing, or return none. */
interface Performance {
  readonly timeOrigin: number
  now(): number
  mark(name: string, options?: object): void
  measure(name: string, start?: string | object, end?: string): void
  clearMarks(name?: string): void
  clearMeasures(name?: string): void
  getEntries(): unknown[]
  getEntriesByName(name: string, type?: string): unknown[]
  getEntriesByType(type: string): unknown[]
  toJSON(): { timeOrigin: number }
}
declare var performance: Performance

interface Navigator {
  readonly userAgent: string
}
declare var navigator: Navigator
declare var self: typeof globalThis
