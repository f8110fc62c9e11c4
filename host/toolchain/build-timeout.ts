/**
 * How long a build may take.
 *
 * @module
 */

/** Top-level code that runs for longer is taken for a loop without end: that of libraries takes milliseconds. */
export const EVALUATION_MS = 10_000
/** Longer than any compiler here takes for one agent. */
export const COMPILATION_MS = 120_000
