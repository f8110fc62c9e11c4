/** Names that are global in Node, for modules that use them: the build replaces them by these. @module */
export { Buffer } from './buffer.ts'
export { process } from './process.ts'
export { clearImmediate, setImmediate } from './timers.ts'
