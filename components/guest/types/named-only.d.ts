/**
 * Names in types of packages that an agent has not. They can be written in a type, and not be made.
 *
 * @module
 */

interface WebSocket extends EventTarget {}
declare var WebSocket: abstract new (url: string | URL, protocols?: string | string[]) => WebSocket

/**
 * By this name `@types/node` finds that the globals of the platform are declared, and declares no others. So a package
 * that brings it does not change what an agent has.
 */
declare var onmessage: never
