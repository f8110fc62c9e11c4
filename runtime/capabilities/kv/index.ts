/** Key-value stores. @module */
export type {
  Awaitable,
  KvChange,
  KvChangeOutcome,
  KvDriver,
  KvEntry,
  KvIncrementOutcome,
  KvNamespace,
  KvQuota,
  KvRange,
  KvWriteOutcome,
} from './driver.ts'
export { addToCounter, encodeCounter, MAX_COUNTER_BYTES } from './counter.ts'
export { fitsQuota, growthOf, sameBytes, type KvUsage } from './quota.ts'
export { memoryKv, type MemoryKvOptions } from './drivers/memory.ts'
export { kv, type KvOptions } from './kv.ts'
