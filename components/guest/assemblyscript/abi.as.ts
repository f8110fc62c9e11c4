/**
 * The functions that the host calls in an agent whose calls return when the result is there. It is a second entry file for
 * the compiler, so that its exports are exports of the module.
 *
 * @module
 */
export { cabi_realloc } from './allocate.as'
export { handle } from './handler.gen.as'
