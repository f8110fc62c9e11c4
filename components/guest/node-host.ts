/** What the modules of `node/` use of the library. The library is a module of its own for the engine. @module */
export { allConfig } from './host.ts'
export { format, inspect } from './web/inspect.ts'
