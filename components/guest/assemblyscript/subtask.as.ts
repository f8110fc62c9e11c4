/**
 * Waits inside for a call that is under way, for agents that wait with a stack.
 *
 * @module
 */

import { subtaskDrop, waitableJoin, waitableSetNew, waitableSetWait } from './imports.gen.as'

const EVENT_BYTES: usize = 8
/** The state of a subtask that has returned. */
export const RETURNED: u32 = 2

/** Waits for one call alone: the results of others arrive meanwhile, and are written where they belong. */
export function waitFor(subtask: u32): void {
  const set = waitableSetNew()
  const event = heap.alloc(EVENT_BYTES)
  waitableJoin(subtask, set)
  do {
    waitableSetWait(set, event)
  } while (load<u32>(event, 4) < RETURNED)
  subtaskDrop(subtask)
}
