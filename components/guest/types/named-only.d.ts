/**
 * Names that an agent has not, and that other declarations look for.
 *
 * @module
 */

/**
 * By this name `@types/node` finds that the globals of the platform are declared, and declares no others. So a package
 * that brings it does not change what an agent has.
 */
declare var onmessage: never
