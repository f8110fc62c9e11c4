/** Names that are global in Node, for modules that use them: the build replaces them by these. @module */
// First: an injected file runs before all others, and the modules below use Web APIs while they load.
import './web-apis.ts'
export { Buffer } from './buffer.ts'
export { process } from './process.ts'
export { clearImmediate, setImmediate } from './timers.ts'
