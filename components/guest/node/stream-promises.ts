/** `node:stream/promises`. @module */
import promises from 'readable-stream/lib/stream/promises.js'

export const { finished, pipeline } = promises
export { promises }
export default promises
