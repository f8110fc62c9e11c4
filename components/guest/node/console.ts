/** `node:console`: the one there is. @module */
const { console } = globalThis
const { log, info, warn, error, debug, trace, table, dir, group, groupEnd, time, timeEnd, assert } =
  console
export { assert, debug, dir, error, group, groupEnd, info, log, table, time, timeEnd, trace, warn }
export default console
