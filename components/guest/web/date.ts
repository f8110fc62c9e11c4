/**
 * `Date` and `performance` by the host's clock: the engine's own would end the request, since its WASI
 * imports are stubs.
 *
 * While an agent is built the time is 1970-01-01, so that no build time is mistaken for the present.
 *
 * @module
 */

import { monotonic, now } from '../host.ts'

const NativeDate = globalThis.Date

function GuestDate(this: unknown, ...args: unknown[]): unknown {
  // Called without `new` it returns the present as text, and ignores its arguments.
  if (new.target === undefined) return new NativeDate(now()).toString()
  return Reflect.construct(NativeDate, args.length === 0 ? [now()] : args, new.target)
}

GuestDate.prototype = NativeDate.prototype

/** A `Date` with the present time of the host. */
export const Date: DateConstructor = Object.defineProperties(GuestDate, {
  name: { value: 'Date' },
  length: { value: 7 },
  now: { value: () => Math.floor(now()), writable: true, configurable: true },
  parse: { value: NativeDate.parse, writable: true, configurable: true },
  UTC: { value: NativeDate.UTC, writable: true, configurable: true },
}) as unknown as DateConstructor

export const performance = {
  now: (): number => monotonic(),
  get timeOrigin(): number {
    return now() - monotonic()
  },
  // Nothing is kept: entries would take memory of the request.
  mark: (): void => undefined,
  measure: (): void => undefined,
  clearMarks: (): void => undefined,
  clearMeasures: (): void => undefined,
  getEntries: (): unknown[] => [],
  getEntriesByName: (): unknown[] => [],
  getEntriesByType: (): unknown[] => [],
  toJSON(): { timeOrigin: number } {
    return { timeOrigin: performance.timeOrigin }
  },
}
