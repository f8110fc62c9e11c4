/** Key-value stores. @module */
export type {
  Awaitable,
  KvDriver,
  KvIncrementOutcome,
  KvNamespace,
  KvQuota,
  KvRange,
  KvWriteOutcome,
} from './driver.ts'
export { addToCounter, encodeCounter } from './counter.ts'
export { memoryKv } from './drivers/memory.ts'
export { kv, type KvOptions } from './kv.ts'
