/**
 * A body whose bytes are still on their way: the ends of a stream and of a future of the component model.
 *
 * @module
 */

/** The answer of a copy that is under way. */
export const BLOCKED: u32 = 0xffffffff
/** Below the number of bytes in the answer of a copy: the other side is gone. */
export const DROPPED: u32 = 1

/** What a body is passed on as. A `BodyReader` reads it. */
export abstract class BodyStream {
  constructor(
    /** The readable end of its bytes. */
    readonly bytes: u32,
    /** The readable end of the future that says whether they were all. */
    readonly end: u32,
  ) {}

  /** Copies up to `count` bytes to `at`, and waits inside for the first. */
  abstract read(at: usize, count: u32): u32
  /** The same, but an event comes when they are there. */
  abstract readLater(at: usize, count: u32): u32
  abstract readEnd(at: usize): u32
  abstract readEndLater(at: usize): u32
  abstract cancelRead(): u32
  abstract cancelReadEnd(): u32
  /** Gives both ends back: the sender learns that no more is wanted. */
  abstract drop(): void
}
