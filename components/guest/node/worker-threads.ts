/** `node:worker_threads`: an agent is one thread. @module */
export const isMainThread = true
export const parentPort = null
export const threadId = 0
export const workerData = null
export const { MessageChannel, MessagePort } = globalThis
export default { isMainThread, MessageChannel, MessagePort, parentPort, threadId, workerData }
