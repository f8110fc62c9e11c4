/** Drivers that keep everything in the memory of one runtime: for tests and hosts without a disk. @module */
export {
  memoryWebSocket,
  type MemoryWebSocketOptions,
} from '../../../runtime/capabilities/http/index.ts'
export { memoryKv, type MemoryKvOptions } from '../../../runtime/capabilities/kv/index.ts'
export { memoryQueue, type MemoryQueueOptions } from '../../../runtime/capabilities/queue/index.ts'
export { memoryFiles, type MemoryFilesOptions } from '../../../runtime/wasi/index.ts'
