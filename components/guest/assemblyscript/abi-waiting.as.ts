/**
 * The functions that the host calls in an agent that waits without a stack, in place of those in `abi.as.ts`.
 *
 * @module
 */
export { cabi_realloc } from './allocate.as'
export { handleWaiting } from './handler-waiting.gen.as'
export { callback } from './run.as'
