/** The engine with capabilities chosen. @module */
export { loadPacked, type LoadedPack, type LoadPackedOptions, type Pack } from './load-packed.ts'
export { packComponent, type PackComponentOptions } from './pack-component.ts'
export { requireNode } from './require-node.ts'
export { Runtime, type RuntimeOptions } from './runtime.ts'
export { standardCapabilities, type Drivers } from './standard.ts'
