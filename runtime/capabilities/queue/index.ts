/** Queues. @module */
export {
  KEY_MS,
  type KeptMessage,
  type LeasedMessage,
  type LeaseOptions,
  type NewMessage,
  type QueueAddress,
  type QueueCounts,
  type QueueDriver,
  type QueueQuota,
  type SendOutcome,
  type Settlement,
} from './driver.ts'
export { memoryQueue, type MemoryQueueOptions } from './drivers/memory.ts'
export { queue } from './queue.ts'
