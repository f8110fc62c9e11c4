/** `node:perf_hooks`: the clock of the Web. @module */
const { performance } = globalThis

export { performance }
export default { performance }
