/**
 * What a registry asks of the place where it keeps what it knows from one start of a host to the next.
 *
 * Synchronous: what an operator says of an agent is kept in the same step in which it changes. A promise between the
 * two would let another change come between them.
 *
 * @module
 */

export interface StateStore {
  /** Where `name` is kept, for people: error messages say it. */
  locate(name: string): string
  /** A copy of what is kept under `name`; nothing when there is none. @throws {Error} when it cannot be read */
  read(name: string): Uint8Array<ArrayBuffer> | undefined
  /**
   * Keeps `bytes` under `name`: all of them or, when it throws or the host is killed meanwhile, what was there before.
   *
   * @throws {Error} when it cannot be written
   */
  replace(name: string, bytes: Uint8Array): void
  /** The names of all that is kept, sorted. @throws {Error} when they cannot be read */
  list(): readonly string[]
  /** Forgets `name`. There may be none. @throws {Error} when it cannot be removed */
  remove(name: string): void
}

// Names of files on every system, of which none is hidden. What is being replaced ends in `.new`.
const NAME = /^[a-z0-9][a-z0-9._-]*$/
const RESERVED = /\.new$/

/**
 * Checks a name, in every store alike: one that a file cannot have must not work in memory.
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
