/**
 * The contract of the store where a registry keeps its state from one start of a host to the next.
 *
 * Synchronous: a change by an operator is written in the same step in which it happens. A promise between the two would
 * let another change come between them.
 *
 * @module
 */

export interface StateStore {
  /** Where `name` is kept, for people: error messages say it. */
  locate(name: string): string
  /** Returns a copy of the bytes under `name`, or `undefined`. @throws {Error} when they cannot be read */
  read(name: string): Uint8Array<ArrayBuffer> | undefined
  /**
   * Keeps `bytes` under `name`. If it throws, or the host is killed meanwhile, the content before stays.
   *
   * @throws {Error} when it cannot be written
   */
  replace(name: string, bytes: Uint8Array): void
  /** The names of all that is kept, sorted. @throws {Error} when they cannot be read */
  list(): readonly string[]
  /** Forgets `name`. There may be none. @throws {Error} when it cannot be removed */
  remove(name: string): void
  /** Removes what a host that was killed has left of a `replace`. To be called before something is kept. */
  removeUnfinished(): void
}

// Names of visible files on every system. A file that is being replaced ends in `.new`.
const NAME = /^[a-z0-9][a-z0-9._-]*$/
const RESERVED = /\.new$/

/**
 * Checks a name, in every store alike: a name that a file cannot have must not work in memory either.
 *
 * @throws {TypeError}
 */
export function requireStateName(name: string): void {
  if (!isStateName(name)) throw new TypeError(`Cannot keep ${JSON.stringify(name)}: no such name`)
}

/** Whether a store may keep something under `name`. */
export function isStateName(name: string): boolean {
  return NAME.test(name) && !RESERVED.test(name)
}
