/**
 * The price, in fuel, of work that the host does for a guest. It is about the price of guest code that runs as long.
 *
 * A microsecond is 4 000 fuel: 3 000 to 3 700 were measured on tight loops of compiled guests, 4 500 in QuickJS.
 * The times behind the numbers are medians of Node 26 on one machine, rounded up: it is their order that counts.
 *
 * @module
 */

const MICRO = 4_000

/** Kinds of work; `byte` is priced by the number of bytes. */
export type HostWork =
  | 'micro'
  | 'cipher'
  | 'call'
  | 'byte'
  | 'searched'
  | 'record'
  | 'line'
  | 'key'
  | 'file'
  | 'request'
  | 'agent'

export const HOST_WORK_FUEL: Readonly<Record<HostWork, number>> = {
  /** A microsecond of one processor, of work that says itself how long it takes. */
  micro: MICRO,
  /** A byte that is hashed or encrypted: 0.5 ns for AES, 2.5 ns for SHA-256 without instructions of its own. */
  cipher: (3 * MICRO) / 1000,
  /** A call of the host: 0.2 µs until its function runs, and as much for work too small for a separate entry. */
  call: 0.4 * MICRO,
  /**
   * A byte that is passed, kept, compared or transcoded: 0.1 to 0.7 ns, or 1 to 4 ns where memory is allocated for it.
   * An object that is made of a value counts as 64, a number as 8.
   */
  byte: MICRO / 1000,
  /** A byte in which secrets are searched: 3 ns to find and as much again where it is read twice. */
  searched: (6 * MICRO) / 1000,
  /** A line for the audit log: its hash, and a place in the list of events. */
  record: 4 * MICRO,
  /** A line of the guest's own. */
  line: 2 * MICRO,
  /** A key that a store looks for or writes: 4 µs in SQLite to read it, 20 to write it. */
  key: 10 * MICRO,
  /** A file that is looked for, opened or changed: a few calls of the system. */
  file: 5 * MICRO,
  /** A request to the outside: connections, headers, addresses. */
  request: 100 * MICRO,
  /** An agent that is called: its slot is stamped and given back. */
  agent: 10 * MICRO,
}
