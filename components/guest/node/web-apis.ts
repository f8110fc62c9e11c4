/**
 * Nothing, because the engine has the Web APIs before the agent. Where the library is part of the bundle, `globals.ts`
 * takes the place of this file.
 *
 * @module
 */
export {}
