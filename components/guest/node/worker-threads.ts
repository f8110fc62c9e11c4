/** `node:worker_threads`: an agent is one thread, to which no object is passed. @module */
export const isMainThread = true
export const parentPort = null
export const threadId = 0
export const workerData = null
export const { MessageChannel, MessagePort } = globalThis

/** Where objects are not passed, a mark changes nothing. */
export function markAsUncloneable(_value: unknown): void {}
export function markAsUntransferable(_value: unknown): void {}

export default {
  isMainThread,
  markAsUncloneable,
  markAsUntransferable,
  MessageChannel,
  MessagePort,
  parentPort,
  threadId,
  workerData,
}
