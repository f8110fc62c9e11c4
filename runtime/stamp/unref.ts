/**
 * Timers that do not keep a process alive, where timers do (Node).
 *
 * @module
 */

interface NodeLike {
  unref(): void
}

/** Lets the process end although `timer` has not fired. */
export function unref<Timer>(timer: Timer): Timer {
  const each: unknown = timer
  if (typeof each === 'object' && each !== null && 'unref' in each) (each as NodeLike).unref()
  return timer
}
