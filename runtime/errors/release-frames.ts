/**
 * Lets an error be kept without what was on the stack when it was made.
 *
 * V8 keeps the functions and objects of the frames until the text of the stack is asked for. Those of a call by a guest
 * hold its instances: an error of a few hundred bytes would keep a slot of more than a megabyte.
 *
 * @module
 */

/** Errors that caused each other may form a circle. */
const MOST_CAUSES = 8

/** Makes the texts of the stacks of `error` and its causes now. */
export function releaseFrames(error: unknown): void {
  for (let causes = 0; error instanceof Error && causes <= MOST_CAUSES; causes++) {
    void error.stack
    error = error.cause
  }
}
