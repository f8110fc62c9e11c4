/** The engine with capabilities chosen. @module */
export { requireNode } from './require-node.ts'
export { Runtime, type RuntimeOptions } from './runtime.ts'
export { standardCapabilities, type Drivers } from './standard.ts'
