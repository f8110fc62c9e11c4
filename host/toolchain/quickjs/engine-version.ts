/**
 * Part of the key of everything built with this engine: raised when this folder makes something else of the
 * same input.
 *
 * @module
 */

export const ENGINE_VERSION = '18'
